# In another style: a TaskGroup, whose clock is cancelled when the echo has ended.
import asyncio
import itertools
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def tell(ws: WebSocket):
    start = asyncio.get_running_loop().time()
    for n in itertools.count(1):
        await asyncio.sleep(start + 10 * n - asyncio.get_running_loop().time())
        await ws.send_text(f"It is: {datetime.now():%Y-%m-%d %H:%M:%S.%f}")


@app.websocket("/ws")
async def endpoint(ws: WebSocket):
    await ws.accept()
    try:
        async with asyncio.TaskGroup() as group:
            telling = group.create_task(tell(ws), name="clock")
            async for text in ws.iter_text():
                await ws.send_text(text)
            telling.cancel()
    except* WebSocketDisconnect:
        print("gone")
