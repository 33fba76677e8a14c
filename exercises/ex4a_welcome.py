"""Exercise 4a. Welcome by name.

Write the endpoint `/ws`. The cookie `token` says who is there: `USERS` has the name. The query
parameter `lang` chooses the greeting: `Hello, Ada!` for `en`, which is the default, `Hola, Ada!`
for `es`. Send the greeting as soon as the connection is open, once; from then on every text
message goes back to its sender unchanged:

    client  opens /ws?lang=es with cookie token=token-ada
    server  "Hola, Ada!"
    client  "¿Qué tal?"
    server  "¿Qué tal?"

Refuse a client without the cookie, with a token that is not in `USERS`, or with another `lang`:
its handshake is answered with HTTP 403 (or 401) and no connection opens.

    client  opens /ws
    server  refuses with HTTP 403

The client may send other cookies and other query parameters too, and may leave at any time.

`workbook serve ex4a` shows it in `welcome.html`.
"""

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    raise NotImplementedError("ex4a: refuse the client, or accept it, greet it by name and echo")
