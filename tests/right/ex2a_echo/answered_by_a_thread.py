# In another style: a thread waits without a time-out and answers by run_coroutine_threadsafe.

import asyncio
import queue
import threading

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
jobs = queue.Queue()


def work():
    while True:
        loop, ws, text, done = jobs.get()
        f = asyncio.run_coroutine_threadsafe(ws.send_text(text), loop)
        try:
            f.result()
        except Exception as e:
            pass
        loop.call_soon_threadsafe(done.set)
        del loop, ws, text, done, f


threading.Thread(target=work, daemon=True).start()


@app.websocket("/ws")
async def echo(ws: WebSocket):
    await ws.accept()
    n = 0
    try:
        while True:
            t = await ws.receive_text()
            n += 1
            done = asyncio.Event()
            jobs.put((asyncio.get_running_loop(), ws, f"{n}: {t}", done))
            await done.wait()
    except WebSocketDisconnect:
        pass
