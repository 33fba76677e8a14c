# The mistake: `except WebSocketDisconnect` around a TaskGroup, which raises a group.
# Caught by: test_leaves_nothing_behind
# Says: inside an ExceptionGroup
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def echo(websocket):
    while True:
        await websocket.send_text(await websocket.receive_text())


async def tell(websocket):
    while True:
        await asyncio.sleep(10)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(echo(websocket))
            group.create_task(tell(websocket))
    except WebSocketDisconnect:
        pass
