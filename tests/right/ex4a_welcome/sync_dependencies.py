# In another style: plain def dependencies (in a thread), an Enum, one of them slow.

import time
from enum import Enum

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


class Language(Enum):
    ENGLISH = "en"
    SPANISH = "es"


def token(token: str | None = Cookie(default=None)) -> str:
    if token is None:
        raise WebSocketException(code=1008, reason="no token")
    return token


def user(token: str = Depends(token)) -> str:
    time.sleep(0.01)  # a database, say; this runs in a thread
    if token not in USERS:
        raise WebSocketException(code=1008, reason="unknown token")
    return USERS[token]


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket, lang: Language = Language.ENGLISH, user: str = Depends(user)
):
    await websocket.accept()
    hello = "Hello" if lang is Language.ENGLISH else "Hola"
    await websocket.send_text(f"{hello}, {user}!")
    while True:
        try:
            text = await websocket.receive_text()
        except WebSocketDisconnect:
            break
        await websocket.send_text(text)
