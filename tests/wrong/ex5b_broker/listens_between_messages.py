# The mistake: messages of others are only fetched when the client has said something.
# Caught by: test_passes_a_message_on_to_the_others
# Says: waited for

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


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    try:
        async with broadcast.subscribe(CHANNEL) as subscriber:
            while True:
                text = await websocket.receive_text()
                event = MessageEvent(username=username, message=text)
                await broadcast.publish(CHANNEL, event.model_dump_json())
                message = MessageEvent.model_validate_json((await subscriber.get()).message)
                if message.username != username:
                    await websocket.send_json(message.model_dump())
    except WebSocketDisconnect:
        pass
