# The mistake: receive_text() raises KeyError at a binary message, and the client sees 1006.
# Caught by: test_closes_on_any_other_first_message
# Says: KeyError: 'text'

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


def user_of(text: str) -> str | None:
    try:
        return USERS[json.loads(text)["token"]]
    except (ValueError, KeyError, TypeError):
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            text = await websocket.receive_text()
        name = user_of(text)
        if name is None:
            await websocket.close(1008)
            return
        await websocket.send_json({"welcome": name})
        while True:
            await websocket.send_text(await websocket.receive_text())
    except TimeoutError:
        await websocket.close(1008)
    except WebSocketDisconnect:
        pass
