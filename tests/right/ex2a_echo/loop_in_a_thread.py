# In another style: an event loop of its own, in a thread, counts.

import asyncio
import threading

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
bg = asyncio.new_event_loop()
threading.Thread(target=bg.run_forever, daemon=True).start()


async def number(n, t):
    await asyncio.sleep(0.001)
    return f"{n}: {t}"


@app.websocket("/ws")
async def echo(ws: WebSocket):
    await ws.accept()
    n = 0
    try:
        while True:
            t = await ws.receive_text()
            n += 1
            await ws.send_text(
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(number(n, t), bg))
            )
    except WebSocketDisconnect:
        pass
