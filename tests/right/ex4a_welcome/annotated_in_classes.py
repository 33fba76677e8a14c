# In another style: an Annotated alias, a match statement, tasks that wait with FIRST_COMPLETED.

import asyncio
from contextlib import suppress
from typing import Annotated

from fastapi import Cookie, FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()
Token = Annotated[str | None, Cookie(description="who is there")]


def greeting(token: str | None, lang: str) -> str:
    match lang, token:
        case "en", "token-ada" | "token-grace":
            return f"Hello, {USERS[token]}!"
        case "es", str() if token in USERS:
            return f"Hola, {USERS[token]}!"
        case _:
            raise WebSocketException(code=3000)


@app.websocket("/ws")
async def welcome(websocket: WebSocket, token: Token = None, lang: str = "en"):
    hello = greeting(token, lang)
    await websocket.accept()
    await websocket.send_text(hello)
    with suppress(WebSocketDisconnect):
        while True:
            receiving = asyncio.create_task(websocket.receive_text())
            done, _ = await asyncio.wait([receiving], return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                await websocket.send_text(task.result())
