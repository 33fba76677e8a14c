# The mistake: a token that is a list cannot be looked up in a dict: TypeError, 1006.
# Caught by: test_closes_on_any_other_first_message
# Says: unhashable

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
            data = json.loads(text)
        except ValueError:
            data = None
        if not isinstance(data, dict) or data.get("token") not in USERS:
            await websocket.close(1008)
            return
        await websocket.send_json({"welcome": USERS[data["token"]]})
        while True:
            await websocket.send_text(await websocket.receive_text())
    except TimeoutError:
        await websocket.close(1008)
    except WebSocketDisconnect:
        pass
