# The mistake: broadcaster alone: it never says that the broker is lost.
# Caught by: test_closes_everybody_when_the_broker_is_lost
# Says: Somebody has to notice

import asyncio
import json
import os
import re
import uuid
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}

broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(_: FastAPI):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


async def receive_message(websocket: WebSocket, room: str, me: str, username: str) -> None:
    async for text in websocket.iter_text():
        if len(text) > 1000:
            await websocket.send_json({"type": "error", "message": "too long"})
            continue
        event = {"type": "message", "username": username, "message": text}
        await broadcast.publish(room, json.dumps({"from": me, "event": event}))


async def send_message(websocket: WebSocket, room: str, me: str) -> None:
    async with broadcast.subscribe(channel=room) as subscriber:
        async for event in subscriber:
            message = json.loads(event.message)
            if message["from"] != me:
                await websocket.send_json(message["event"])


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    token = websocket.cookies.get("token")
    origin = websocket.headers.get("origin", ALLOWED_ORIGINS[0])
    known = token in USERS and origin in ALLOWED_ORIGINS
    if not known or not re.fullmatch("[a-z0-9-]{1,32}", room):
        raise WebSocketException(1008)
    await websocket.accept()
    me = str(uuid.uuid4())
    tasks = [
        asyncio.create_task(receive_message(websocket, room, me, USERS[token])),
        asyncio.create_task(send_message(websocket, room, me)),
    ]
    try:
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            task.result()
    except WebSocketDisconnect:
        pass
