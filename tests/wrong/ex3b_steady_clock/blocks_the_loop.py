# The mistake: the clock sleeps with time.sleep, which stops every client.
# Caught by: test_echoes_text_unchanged
# Says: something blocks its event loop
import asyncio
import time
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()


async def tell(websocket):
    while True:
        time.sleep(10)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(tell(websocket))
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    task.cancel()
