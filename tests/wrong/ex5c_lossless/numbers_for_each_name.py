# The mistake: messages are numbered for each name.
# Caught by: test_reaches_the_other_names_on_every_worker
# Says: nothing came

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
                    queue.put_nowait(dict(event))

    async def publish(self, username, message, n):
        await self.redis.publish(
            CHANNEL, json.dumps({"username": username, "message": message, "n": n})
        )


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
    queue = asyncio.Queue()
    hub.members[queue] = username

    async def write():
        seen = {}
        try:
            while True:
                event = await queue.get()
                n = event.pop("n")
                sender = event["username"]
                if n != 1 and n <= seen.get(sender, 0):
                    continue  # a duplicate
                seen[sender] = n
                await websocket.send_json(event)
        except WebSocketDisconnect:
            pass

    writer = asyncio.create_task(write())
    n = 0
    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            await hub.publish(username, text, n)
    except WebSocketDisconnect:
        pass
    finally:
        hub.members.pop(queue, None)
        writer.cancel()
