# In another style: a thread waits at a simple queue, and hands the time over to the loop.
import asyncio
import queue
import threading
import time
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


async def say(websocket: WebSocket, text: str) -> None:
    try:
        await websocket.send_text(text)
    except Exception:
        pass


def ticker(loop, websocket: WebSocket, stop: queue.SimpleQueue) -> None:
    due = time.monotonic() + PERIOD
    while True:
        try:
            stop.get(timeout=max(0, due - time.monotonic()))
            return
        except queue.Empty:
            due += PERIOD
        text = f"It is: {datetime.now().isoformat()}"
        asyncio.run_coroutine_threadsafe(say(websocket, text), loop)


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    stop = queue.SimpleQueue()
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=ticker, args=(loop, websocket, stop), daemon=True)
    thread.start()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        stop.put(True)
