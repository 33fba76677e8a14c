# The mistake: the chapter's loop: it subscribes anew after each message of its own.
# Caught by: test_loses_nothing_when_all_speak_at_once
# Says: misses what is said

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(_: FastAPI):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


async def publish(room: str, me: str, **event: str) -> None:
    await broadcast.publish(f"room:{room}", json.dumps({"from": me, "event": event}))


async def receive_message(websocket: WebSocket, room: str, me: str, username: str) -> None:
    text = await websocket.receive_text()
    await publish(room, me, type="message", username=username, message=text)


async def send_message(websocket: WebSocket, room: str, me: str) -> None:
    async with broadcast.subscribe(channel=f"room:{room}") as subscriber:
        async for event in subscriber:
            message = json.loads(event.message)
            if message["from"] != me:
                await websocket.send_json(message["event"])


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    me = str(uuid.uuid4())
    await publish(room, me, type="join", username=username)
    try:
        while True:
            receive = asyncio.create_task(receive_message(websocket, room, me, username))
            send = asyncio.create_task(send_message(websocket, room, me))
            done, pending = await asyncio.wait({receive, send}, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
            for task in done:
                task.result()
    except WebSocketDisconnect:
        pass
    finally:
        await publish(room, me, type="leave", username=username)
