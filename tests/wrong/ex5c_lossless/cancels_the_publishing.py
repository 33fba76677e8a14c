# The mistake: whenever something is received, the task is cancelled that is just publishing.
# Caught by: test_misses_nothing_when_everybody_talks_over_a_slow_link
# Says: waited for

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


async def send_message(websocket: WebSocket, username: str):
    data = await websocket.receive_text()
    event = MessageEvent(username=username, message=data)
    await broadcast.publish(channel=CHANNEL, message=event.model_dump_json())


@app.websocket("/ws")
async def websocket_endpoint(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    async with broadcast.subscribe(channel=CHANNEL) as subscriber:
        try:
            while True:
                getting = asyncio.create_task(subscriber.get())
                sending = asyncio.create_task(send_message(websocket, username))
                done, pending = await asyncio.wait(
                    {getting, sending}, return_when=asyncio.FIRST_COMPLETED
                )
                for task in pending:
                    task.cancel()
                if sending in done:
                    sending.result()
                if getting in done:
                    event = MessageEvent.model_validate_json(getting.result().message)
                    if event.username != username:
                        await websocket.send_json(event.model_dump())
        except WebSocketDisconnect:
            pass
