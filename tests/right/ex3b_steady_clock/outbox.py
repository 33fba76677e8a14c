# In another style: a writer task empties a queue that reader and clock fill; wall clock, datetime.
import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import datetime, timedelta

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@asynccontextmanager
async def in_background(*coroutines):
    tasks = [asyncio.create_task(c) for c in coroutines]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def write(websocket, outbox):
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.send_text(await outbox.get())


async def tick(outbox):
    due = datetime.now() + timedelta(seconds=10)
    while True:
        pause = (due - datetime.now()).total_seconds()
        if pause > 0:
            await asyncio.sleep(min(pause, 0.5))
            continue
        await outbox.put(f"It is: {datetime.now().isoformat()}")
        due += timedelta(seconds=10)


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    outbox = asyncio.Queue()
    async with in_background(write(websocket, outbox), tick(outbox)):
        async for text in websocket.iter_text():
            outbox.put_nowait(text)
