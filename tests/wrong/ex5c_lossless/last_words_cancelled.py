# The mistake: what waits to be published is dropped as its client leaves.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: What was read from a client is still passed on

import asyncio
import os
from contextlib import asynccontextmanager, suppress

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(app):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


class Ev(BaseModel):
    username: str
    message: str


async def listen(ws, username):
    async with broadcast.subscribe("CHAT") as sub:
        async for e in sub:
            ev = Ev.model_validate_json(e.message)
            if ev.username != username:
                await ws.send_json(ev.model_dump())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    task = asyncio.create_task(listen(websocket, username))
    q = asyncio.Queue()

    async def publish():
        while True:
            await broadcast.publish("CHAT", await q.get())

    publisher = asyncio.create_task(publish())
    try:
        while True:
            text = await websocket.receive_text()
            q.put_nowait(Ev(username=username, message=text).model_dump_json())
    except WebSocketDisconnect:
        pass
    finally:
        publisher.cancel()
        task.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await task
