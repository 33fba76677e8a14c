# In another style: a thread sleeps and hands the time over to the loop.
import asyncio
import threading
from datetime import datetime
from time import monotonic, sleep

from fastapi import FastAPI, WebSocket

app = FastAPI()


def ticking(loop, websocket, left):
    due = monotonic()
    while True:
        due += 10
        while monotonic() < due:
            sleep(0.25)
            if left.is_set():
                return
        text = f"It is: {datetime.now().isoformat()}"
        asyncio.run_coroutine_threadsafe(websocket.send_text(text), loop)


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    left = threading.Event()
    loop = asyncio.get_running_loop()
    threading.Thread(target=ticking, args=(loop, websocket, left), daemon=True).start()
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    finally:
        left.set()
