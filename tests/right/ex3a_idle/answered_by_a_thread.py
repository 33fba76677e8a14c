# In another style: a thread waits for texts without a time-out, and sends all there is to send.

import asyncio
import queue
import threading

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
jobs = queue.SimpleQueue()


def work():
    while True:
        loop, make, fut = jobs.get()
        f = asyncio.run_coroutine_threadsafe(make(), loop)
        e = f.exception()
        loop.call_soon_threadsafe(
            lambda fut=fut, e=e: fut.done() or (fut.set_exception(e) if e else fut.set_result(None))
        )
        del loop, make, fut, f, e


threading.Thread(target=work, daemon=True).start()


async def by_thread(make):
    loop = asyncio.get_running_loop()
    fut = loop.create_future()
    jobs.put((loop, make, fut))
    await fut


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    asked = False
    try:
        while True:
            try:
                t = await asyncio.wait_for(ws.receive_text(), 10)
            except asyncio.TimeoutError:
                if asked:
                    await by_thread(lambda: ws.close(1001, "idle"))
                    return
                asked = True
                await by_thread(lambda: ws.send_text("still there?"))
                continue
            asked = False
            await by_thread(lambda: ws.send_text(t))
    except WebSocketDisconnect:
        pass
