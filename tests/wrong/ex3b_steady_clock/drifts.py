# The mistake: a clock that counts whole seconds by sleeping, and sleeps a little longer each time.
# Caught by: test_tells_a_silent_client_the_time
# Says: and nothing came
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()


async def tell(websocket):
    while True:
        for _ in range(10):
            await asyncio.sleep(1.1)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(tell(websocket))
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    task.cancel()
