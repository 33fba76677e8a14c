# The mistake: JSON that is no object has no get(): AttributeError, 1006.
# Caught by: test_closes_on_any_other_first_message
# Says: AttributeError

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            text = await websocket.receive_text()
        try:
            token = json.loads(text).get("token")
        except ValueError:
            token = None
        if token not in USERS:
            await websocket.close(1008)
            return
        await websocket.send_json({"welcome": USERS[token]})
        while True:
            await websocket.send_text(await websocket.receive_text())
    except TimeoutError:
        await websocket.close(1008)
    except WebSocketDisconnect:
        pass
