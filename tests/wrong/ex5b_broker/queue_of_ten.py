# The mistake: a client's queue holds ten messages, what comes then is dropped.
# Caught by: test_serves_others_while_the_broker_is_slow
# Says: a queue that is full

import asyncio
import json
import logging
import os
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect
from redis import asyncio as aioredis
from redis.exceptions import RedisError

logger = logging.getLogger("hub")


class Hub:
    def __init__(self, url):
        self.redis = aioredis.Redis.from_url(url)
        self.pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
        self.queues = {}

    async def start(self):
        await self.pubsub.subscribe("ex5b")
        self.task = asyncio.create_task(self.pump())

    async def stop(self):
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task
        with suppress(RedisError):
            await self.pubsub.aclose()
            await self.redis.aclose()

    async def pump(self):
        while True:
            try:
                message = await self.pubsub.get_message(timeout=1.0)
            except (RedisError, OSError) as e:
                logger.warning("broker: %r", e)
                await asyncio.sleep(0.5)
                continue
            if message is None:
                continue
            name, text = json.loads(message["data"])
            for queue, owner in list(self.queues.items()):
                if owner != name and not queue.full():
                    queue.put_nowait({"username": name, "message": text})

    @asynccontextmanager
    async def member(self, name):
        queue = asyncio.Queue(maxsize=10)
        self.queues[queue] = name
        try:
            yield queue
        finally:
            del self.queues[queue]

    async def say(self, name, text):
        await self.redis.publish("ex5b", json.dumps([name, text]))


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.hub = Hub(os.getenv("REDIS_URL", "redis://localhost:6379"))
    await app.state.hub.start()
    try:
        yield
    finally:
        await app.state.hub.stop()


router = APIRouter()


@router.websocket("/ws")
async def ws(websocket: WebSocket, username: str = "Anonymous"):
    hub = websocket.app.state.hub
    async with hub.member(username) as queue:
        await websocket.accept()

        async def write():
            with suppress(WebSocketDisconnect):
                while True:
                    await websocket.send_json(await queue.get())

        writer = asyncio.create_task(write())
        try:
            while True:
                event = await websocket.receive()
                if event["type"] == "websocket.disconnect":
                    break
                if event.get("text") is not None:
                    await hub.say(username, event["text"])
        finally:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)


app = FastAPI(lifespan=lifespan)
app.include_router(router)
