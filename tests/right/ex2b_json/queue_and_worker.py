# In another style: one task receives, another answers; a message of None ends it.

import asyncio
import contextlib
import json
from decimal import Decimal

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    queue: asyncio.Queue[dict] = asyncio.Queue()
    worker = asyncio.create_task(work(websocket, queue))
    try:
        while not worker.done():
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            queue.put_nowait(message)
    finally:
        worker.cancel()
        with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect):
            await worker


async def work(websocket: WebSocket, queue: asyncio.Queue[dict]) -> None:
    count, total = 0, Decimal(0)
    while "text" in (message := await queue.get()):
        try:
            reading = json.loads(message["text"])
        except ValueError:
            reading = None
        value = reading.get("value") if type(reading) is dict else None
        if type(value) in {int, float}:
            count, total = count + 1, total + Decimal(str(value))
            await websocket.send_json({"count": count, "mean": float(total / count)})
        else:
            await websocket.send_json({"error": {"code": 42}, "hint": "a number, please"})
    await websocket.close(1003)
