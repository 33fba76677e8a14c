# The mistake: call_later sets itself again for ever.
# Caught by: test_leaves_nothing_behind
# Says: timers are still to go off
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    tasks = set()

    def tick():
        loop.call_later(10, tick)
        tasks.add(loop.create_task(websocket.send_text(f"It is: {datetime.now().isoformat()}")))

    loop.call_later(10, tick)
    async for text in websocket.iter_text():
        await websocket.send_text(text)
