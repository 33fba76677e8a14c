# The mistake: gather waits for the clock too, so the endpoint never ends.
# Caught by: test_leaves_nothing_behind
# Says: still there
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def echo(websocket):
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def tell(websocket):
    while True:
        await asyncio.sleep(10)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    try:
        await asyncio.gather(echo(websocket), tell(websocket))
    except WebSocketDisconnect:
        pass
