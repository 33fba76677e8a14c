# The mistake: the task that writes for a member is never cancelled.
# Caught by: test_leaves_nothing_behind
# Says: made in

import asyncio
import contextlib

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: dict[WebSocket, asyncio.Queue] = {}
writers: list[asyncio.Task] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    box = asyncio.Queue()
    members[websocket] = box
    writers.append(asyncio.create_task(write(websocket, box)))
    try:
        while True:
            text = await websocket.receive_text()
            for member, other in members.items():
                if member is not websocket:
                    other.put_nowait({"username": username, "message": text})
    except WebSocketDisconnect:
        del members[websocket]


async def write(websocket, box):
    while True:
        line = await box.get()
        with contextlib.suppress(WebSocketDisconnect):
            await websocket.send_json(line)
