# The mistake: the listening task is never cancelled, so its subscription stays.
# Caught by: test_leaves_nothing_behind
# Says: `listen`, made in

import asyncio
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"

broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(app: FastAPI):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


class MessageEvent(BaseModel):
    username: str
    message: str


async def speak(websocket: WebSocket, username: str):
    while True:
        text = await websocket.receive_text()
        event = MessageEvent(username=username, message=text)
        await broadcast.publish(CHANNEL, event.model_dump_json())


async def listen(websocket: WebSocket, username: str):
    async with broadcast.subscribe(CHANNEL) as subscriber:
        async for event in subscriber:
            message = MessageEvent.model_validate_json(event.message)
            if message.username != username:
                await websocket.send_json(message.model_dump())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    listening = asyncio.create_task(listen(websocket, username))
    try:
        await speak(websocket, username)
    except WebSocketDisconnect:
        print(listening)
