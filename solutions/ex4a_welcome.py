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
"""

from contextlib import suppress
from typing import Annotated, Literal

from fastapi import (
    Cookie,
    Depends,
    FastAPI,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
    status,
)

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        # Dependencies run before accept(), so this refuses the handshake.
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket,
    username: Annotated[str, Depends(known_user)],
    lang: Literal["en", "es"] = "en",  # any other value is refused by FastAPI itself
) -> None:
    await websocket.accept()
    with suppress(WebSocketDisconnect):  # the client may also leave while we answer
        await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
        async for text in websocket.iter_text():
            await websocket.send_text(text)
