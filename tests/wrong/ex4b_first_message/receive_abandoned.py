# The mistake: the receive that came too late is neither cancelled nor looked at.
# Caught by: test_leaves_nothing_behind
# Says: Nobody looked at the result

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    first = asyncio.create_task(websocket.receive_text())
    done, _ = await asyncio.wait([first], timeout=5)
    if not done:
        await websocket.close(1008)
        return
    try:
        name = USERS[json.loads(first.result())["token"]]
    except WebSocketDisconnect:
        return
    except (KeyError, TypeError, ValueError):
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": name})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
