# The mistake: the echo ends with WebSocketDisconnect, and nobody retrieves it.
# Caught by: test_leaves_nothing_behind
# Says: Nobody looked at the result
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket

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
    tasks = {asyncio.create_task(echo(websocket)), asyncio.create_task(tell(websocket))}
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
