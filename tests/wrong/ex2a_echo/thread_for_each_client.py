# The mistake: each client takes a thread of the pool, which has 40.
# Caught by: test_serves_others_meanwhile
# Says: however many there are

import queue

from fastapi.concurrency import run_in_threadpool
import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    box = queue.Queue()

    async def write():
        while (line := await run_in_threadpool(box.get)) is not None:
            await websocket.send_text(line)

    writer = asyncio.create_task(write())
    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            box.put(f"{n}: {text}")
    except WebSocketDisconnect:
        box.put(None)
        await asyncio.gather(writer, return_exceptions=True)
