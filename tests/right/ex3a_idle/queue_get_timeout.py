# In another style: a thread waits for a queue with a time-out.

import asyncio
import queue
import threading

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    loop = asyncio.get_running_loop()
    q = queue.Queue()

    def put(c):
        try:
            asyncio.run_coroutine_threadsafe(c, loop).result()
        except Exception:
            pass

    def work():
        n = 0
        while True:
            try:
                t = q.get(timeout=10)
            except queue.Empty:
                n += 1
                if n == 2:
                    return put(ws.close(1001, "idle"))
                put(ws.send_text("still there?"))
                continue
            if t is None:
                return
            n = 0
            put(ws.send_text(t))

    th = threading.Thread(target=work, daemon=True)
    th.start()
    try:
        while True:
            q.put(await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        q.put(None)
