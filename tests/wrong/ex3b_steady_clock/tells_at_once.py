# The mistake: the first time is told when the connection opens.
# Caught by: test_echoes_text_unchanged
# Says: should have received "hello"
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()


async def tell(websocket):
    while True:
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")
        await asyncio.sleep(10)


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(tell(websocket))
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    task.cancel()
