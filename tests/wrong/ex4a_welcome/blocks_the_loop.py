# The mistake: looking the token up blocks the event loop, so everybody waits.
# Caught by: test_serves_many_at_once
# Says: the server slept for 0.2 s

import time
from typing import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    time.sleep(0.2)  # the database is slow
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
