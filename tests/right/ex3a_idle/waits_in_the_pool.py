# In another style: a thread of anyio's pool waits for the silence by an event's own `wait`.

import asyncio
import threading

import anyio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
_limiter = None


def get_limiter():
    global _limiter
    _limiter = _limiter or anyio.CapacityLimiter(1000)
    return _limiter


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    loop = asyncio.get_running_loop()
    heard = threading.Event()
    over = False

    async def watch():
        asked = False
        while not over:
            if await anyio.to_thread.run_sync(heard.wait, 10, limiter=get_limiter()):
                heard.clear()
                asked = False
            elif asked:
                await ws.close(1001, "idle")
                return
            else:
                asked = True
                await ws.send_text("still there?")

    t = asyncio.create_task(watch())
    try:
        while True:
            text = await ws.receive_text()
            heard.set()
            await ws.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        over = True
        heard.set()
        await asyncio.gather(t, return_exceptions=True)
