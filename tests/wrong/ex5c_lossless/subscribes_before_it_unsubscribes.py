# The mistake: the new subscription begins before the old one ends, and what comes then comes twice.
# Caught by: test_reaches_the_other_names_on_every_worker
# Says: It came twice

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


async def receive_message(websocket: WebSocket, username: str):
    async with broadcast.subscribe(channel=CHANNEL) as subscriber:
        async for event in subscriber:
            message_event = MessageEvent.model_validate_json(event.message)
            # Discard user's own messages
            if message_event.username != username:
                await websocket.send_json(message_event.model_dump())


async def send_message(websocket: WebSocket, username: str):
    data = await websocket.receive_text()
    event = MessageEvent(username=username, message=data)
    await broadcast.publish(channel=CHANNEL, message=event.model_dump_json())


@app.websocket("/ws")
async def websocket_endpoint(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    receiving = []
    try:
        while True:
            receiving.append(asyncio.create_task(receive_message(websocket, username)))
            await send_message(websocket, username)
            if len(receiving) > 1:
                receiving.pop(0).cancel()
    except WebSocketDisconnect:
        pass
    finally:
        for task in receiving:
            task.cancel()
