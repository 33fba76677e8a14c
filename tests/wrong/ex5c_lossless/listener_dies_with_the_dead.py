# The mistake: the listener ends when one client cannot be sent to.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: it goes on with the next

import asyncio
import json
import os
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"


class Hub:
    def __init__(self):
        self.members = {}

    async def start(self):
        self.redis = redis.from_url(REDIS_URL, decode_responses=True)
        self.pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
        await self.pubsub.subscribe(CHANNEL)
        self.task = asyncio.create_task(self.pump())

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.pubsub.aclose()
        await self.redis.aclose()

    async def pump(self):
        async for raw in self.pubsub.listen():
            event = json.loads(raw["data"])
            for queue, name in list(self.members.items()):
                if name != event["username"]:
                    await queue.send_json(event)

    async def publish(self, username, message):
        await self.redis.publish(CHANNEL, json.dumps({"username": username, "message": message}))


hub = Hub()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await hub.start()
    yield
    await hub.stop()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def websocket_endpoint(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    hub.members[websocket] = username
    try:
        while True:
            await hub.publish(username, await websocket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        hub.members.pop(websocket, None)
