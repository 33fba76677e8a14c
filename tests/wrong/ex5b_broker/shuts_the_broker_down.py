# The mistake: who leaves tidies up too well: the broker is shut down for everybody.
# Caught by: test_reaches_clients_on_every_worker
# Says: The broker has ended

import asyncio
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel
from redis import asyncio as redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"


class MessageEvent(BaseModel):
    username: str
    message: str


broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(app: FastAPI):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


async def speak(websocket: WebSocket, username: str) -> None:
    async for text in websocket.iter_text():
        event = MessageEvent(username=username, message=text)
        await broadcast.publish(CHANNEL, event.model_dump_json())


async def listen(websocket: WebSocket, username: str) -> None:
    async with broadcast.subscribe(CHANNEL) as subscriber:
        async for event in subscriber:
            if MessageEvent.model_validate_json(event.message).username != username:
                await websocket.send_text(event.message)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(listen(websocket, username))  # one subscription, for long
            await speak(websocket, username)  # ends when the client leaves
            listening.cancel()
            await redis.from_url(REDIS_URL).execute_command("SHUTDOWN", "NOSAVE")
    except* WebSocketDisconnect:  # it left while something was being sent to it
        pass
