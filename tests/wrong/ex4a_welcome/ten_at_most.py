# The mistake: ten clients are served, the others wait until one of them leaves.
# Caught by: test_serves_many_at_once
# Says: Each is served, however many there are

import asyncio
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()
seats = asyncio.Semaphore(10)


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    lang = websocket.query_params.get("lang", "en")
    if username is None or lang not in GREETINGS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        async with seats:
            await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
            async for text in websocket.iter_text():
                await websocket.send_text(text)
