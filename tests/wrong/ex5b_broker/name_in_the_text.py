# The mistake: the listener's name is looked for anywhere in the message.
# Caught by: test_passes_text_on_exactly_as_it_was
# Says: compare the sender's name

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
            if username not in event.message:
                await websocket.send_json(message.model_dump())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    tasks = {
        asyncio.create_task(speak(websocket, username)),
        asyncio.create_task(listen(websocket, username)),
    }
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if not isinstance(result, (WebSocketDisconnect, asyncio.CancelledError)):
            raise result
