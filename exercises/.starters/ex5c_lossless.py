"""Exercise 5c. A chat that loses nothing.

As exercise 5b: a text message from a client of `/ws` reaches every client of another name (query
parameter `username`, else `Anonymous`), on every worker, once, over the broker at `REDIS_URL`:

    client A  opens /ws?username=Ada on worker 1
    client B  opens /ws?username=Grace on worker 2
    client A  "good morning"
    worker 2  {"username": "Ada", "message": "good morning"}   to client B

The program below is the chapter's. It does so as long as people speak one after the other; when
they speak at the same moment, messages are lost. Mend it: once a client has received a first
message, it misses none, gets none twice, and gets those of each sender in the order in which they
were sent, while everybody talks at once and the link to the broker is slow. As before, nothing of
a client stays when it has gone, in whatever way: no task, no subscription.

`workbook serve ex5c --workers 2` shows it in `chat.html`, one pane on each worker.
"""

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
    try:
        while True:
            receive_message_task = asyncio.create_task(receive_message(websocket, username))
            send_message_task = asyncio.create_task(send_message(websocket, username))
            done, pending = await asyncio.wait(
                {receive_message_task, send_message_task},
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in pending:
                task.cancel()
            for task in done:
                task.result()
    except WebSocketDisconnect:
        pass
