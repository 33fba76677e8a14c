# In another style: it looks into its inbox five times a second.

import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(ws: WebSocket):
    await ws.accept()
    inbox = []
    loop = asyncio.get_running_loop()
    t0 = loop.time()

    async def work():
        n = 1
        while True:
            await asyncio.sleep(0.2)
            while inbox:
                await ws.send_text(inbox.pop(0))
            if loop.time() >= t0 + 10 * n:
                n += 1
                await ws.send_text(f"It is: {datetime.now().isoformat()}")

    w = asyncio.create_task(work())
    try:
        while True:
            inbox.append(await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        w.cancel()
