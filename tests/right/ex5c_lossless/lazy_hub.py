# In another style: a Hub that starts its listener with the first client.

import asyncio
import json
import os

import redis.asyncio as redis
from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState


class Hub:
    """Starts its one listener when the first client comes."""

    def __init__(self):
        self.members = set()
        self.connection = redis.from_url(os.getenv("REDIS_URL", "redis://localhost:6379"))
        self.listener = None
        self.lock = asyncio.Lock()

    async def join(self, websocket, name):
        async with self.lock:
            if self.listener is None:
                self.pubsub = self.connection.pubsub(ignore_subscribe_messages=True)
                await self.pubsub.subscribe("everybody")
                self.listener = asyncio.create_task(self.listen())
        self.members.add((websocket, name))

    def leave(self, websocket, name):
        self.members.discard((websocket, name))

    async def listen(self):
        async for message in self.pubsub.listen():
            sender, text = json.loads(message["data"])
            targets = [ws for ws, name in self.members if name != sender]
            await asyncio.gather(*(self.send(ws, sender, text) for ws in targets))
            del targets

    async def send(self, websocket, sender, text):
        if websocket.client_state is WebSocketState.CONNECTED:
            try:
                await websocket.send_json({"message": text, "username": sender})
            except (WebSocketDisconnect, RuntimeError) as error:
                print("gone:", repr(error))

    async def say(self, name, text):
        await self.connection.publish("everybody", json.dumps([name, text]))


hub = Hub()
router = APIRouter()


@router.websocket("/ws")
async def chat(websocket: WebSocket):
    name = websocket.query_params.get("username", "Anonymous")
    await hub.join(websocket, name)
    await websocket.accept()
    try:
        while True:
            await hub.say(name, await websocket.receive_text())
    except WebSocketDisconnect:
        hub.leave(websocket, name)


app = FastAPI()
app.include_router(router)
