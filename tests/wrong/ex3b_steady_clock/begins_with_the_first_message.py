# The mistake: the clock starts when the first message has come.
# Caught by: test_tells_a_silent_client_the_time
# Says: and nothing came
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()


async def tell(websocket):
    while True:
        await asyncio.sleep(10)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = None
    async for text in websocket.iter_text():
        await websocket.send_text(text)
        task = task or asyncio.create_task(tell(websocket))
    if task:
        task.cancel()
