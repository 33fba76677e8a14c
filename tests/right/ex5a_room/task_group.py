# In another style: a reader and a writer in a TaskGroup, which ends when either of them does.

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
outboxes: set[asyncio.Queue] = set()


async def read(websocket: WebSocket, username: str, own: asyncio.Queue):
    while True:
        text = await websocket.receive_text()
        line = json.dumps({"username": username, "message": text})
        for outbox in outboxes - {own}:
            outbox.put_nowait(line)


async def write(websocket: WebSocket, own: asyncio.Queue):
    while True:
        await websocket.send_text(await own.get())


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    own = asyncio.Queue()
    outboxes.add(own)
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(read(websocket, username, own))
            group.create_task(write(websocket, own))
    except* WebSocketDisconnect:
        pass
    finally:
        outboxes.remove(own)
