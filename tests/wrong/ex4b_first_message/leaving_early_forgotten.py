# The mistake: nobody expects a client that leaves before it has said anything.
# Caught by: test_leaves_nothing_behind
# Says: WebSocketDisconnect

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            name = USERS[json.loads(await websocket.receive_text())["token"]]
    except (TimeoutError, KeyError, TypeError, ValueError):
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": name})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
