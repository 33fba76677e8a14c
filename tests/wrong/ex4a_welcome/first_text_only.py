# The mistake: it echoes once instead of in a loop.
# Caught by: test_echoes_text_unchanged
# Says: the first and every one after it

import asyncio
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    lang = websocket.query_params.get("lang", "en")
    if username is None or lang not in GREETINGS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
        await websocket.send_text(await websocket.receive_text())
        await asyncio.Event().wait()
