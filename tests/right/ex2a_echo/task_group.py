# In another style: a task group with a reader and a writer; the reader ends the writer.

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(read(websocket, queue))
        group.create_task(write(websocket, queue))


async def read(websocket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
    try:
        while True:
            await queue.put(await websocket.receive_text())
    except WebSocketDisconnect:
        await queue.put(None)


async def write(websocket: WebSocket, queue: asyncio.Queue[str | None]) -> None:
    number = 1
    while (text := await queue.get()) is not None:
        await websocket.send_text(f"{number}: {text}")
        number += 1
