# The mistake: it slows down who guesses tokens, and everybody else with it.
# Caught by: test_serves_many_at_once
# Says: the server stood still

import threading
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
        threading.Event().wait(0.5)
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
        async for text in websocket.iter_text():
            await websocket.send_text(text)
