# In another style: a thread waits without a time-out; call_soon_threadsafe hands answers over.

import asyncio
import queue
import threading

from fastapi import FastAPI, WebSocket

app = FastAPI()
jobs: queue.SimpleQueue = queue.SimpleQueue()


def work():
    while True:
        loop, out, n, t = jobs.get()
        loop.call_soon_threadsafe(out.put_nowait, f"{n}: {t}")


threading.Thread(target=work, daemon=True).start()


@app.websocket("/ws")
async def echo(ws: WebSocket):
    await ws.accept()
    out = asyncio.Queue()

    async def write():
        while True:
            t = await out.get()
            await asyncio.sleep(0.002)
            await ws.send_text(t)

    w = asyncio.create_task(write())
    n = 0
    try:
        async for t in ws.iter_text():
            n += 1
            jobs.put((asyncio.get_running_loop(), out, n, t))
    finally:
        w.cancel()
        try:
            await w
        except BaseException:
            pass
