# The mistake: the clock is not cancelled; it ends at its next tick, when it cannot send.
# Caught by: test_leaves_nothing_behind
# Says: Whoever makes a task for a connection cancels it when the connection ends.
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def tell(websocket):
    try:
        while True:
            await asyncio.sleep(10)
            await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except (WebSocketDisconnect, RuntimeError):
        pass


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    telling = asyncio.create_task(tell(websocket))
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    print("left", telling)
