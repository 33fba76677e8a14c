"""Exercise 6b. A chat that you would put online.

Write the endpoint `/rooms/{room}`, over the broker at `REDIS_URL`. The cookie `token` says who is
there: `USERS` has the name. A text message goes to every other connection in the room, on every
worker, once, as JSON with exactly these keys; the same user may be connected twice:

    Ada    opens /rooms/tea with the cookie token=token-ada; Grace is there, on another worker
    Ada    "Hello!"
    Grace  {"type": "message", "username": "Ada", "message": "Hello!"}

Refuse with HTTP 403 (or 401), so that no connection opens: a room that does not match
`^[a-z0-9-]{1,32}$`; a missing or unknown token; an `Origin` that is sent and is not, compared
whole, one of `ALLOWED_ORIGINS` (one text, separated by commas).

A message of more than 1,000 characters (not bytes) goes to nobody. Its sender alone is answered,
in words of your choice, and stays connected:

    Ada    a text of 1,001 characters
    Ada    {"type": "error", "message": "At most 1,000 characters, please."}

When the broker is lost, close all connected clients with 1013 within 5 s. While it is away, accept
new clients and close them with 1013. When it is back, or when only a connection to it broke, new
clients chat again within 10 s, without a restart of the server, however often that happens. A
client may leave at any time; nothing of it stays, and the error log stays empty.

`workbook serve ex6b --workers 2` shows it in `chat.html?path=/rooms/{room}&token=token-{name}`.
"""

import os

from fastapi import FastAPI, WebSocket

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}

app = FastAPI()


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    raise NotImplementedError("ex6b: refuse the client, or let it chat for as long as it can")
