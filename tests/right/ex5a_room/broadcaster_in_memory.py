# In another style: broadcaster with its memory backend; every message carries its connection's id.

import asyncio
import json
import uuid
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, Query, WebSocket

broadcast = Broadcast("memory://")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


async def listen(websocket: WebSocket, identity: str):
    async with broadcast.subscribe("room") as subscriber:
        async for event in subscriber:
            message = json.loads(event.message)
            if message.pop("id") != identity:
                await websocket.send_json(message)


async def speak(websocket: WebSocket, identity: str, username: str):
    async for text in websocket.iter_text():
        message = {"id": identity, "username": username, "message": text}
        await broadcast.publish("room", json.dumps(message))


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = Query("Anonymous")):
    identity = str(uuid.uuid4())
    await websocket.accept()
    tasks = [
        asyncio.create_task(listen(websocket, identity)),
        asyncio.create_task(speak(websocket, identity, username)),
    ]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
