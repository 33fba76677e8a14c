# The mistake: a second try after the first ones: members are told after 5.9 s.
# Caught by: test_closes_everybody_when_the_broker_is_lost
# Says: it is still open

import asyncio
import json
import os
import re
import uuid
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket, WebSocketException, status
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
ROOM = re.compile(r"^[a-z0-9-]{1,32}$")


class Hub:
    def __init__(self):
        self.redis = Redis.from_url(REDIS_URL, decode_responses=True, retry=Retry(NoBackoff(), 0))
        self.members = {}
        self.alive = False

    async def listen(self):
        while True:
            try:
                async with self.redis.pubsub() as pubsub:
                    await pubsub.psubscribe("chat:*")
                    async for event in pubsub.listen():
                        if event["type"] == "psubscribe":
                            self.alive = True
                        else:
                            sender, text = event["data"].split(" ", 1)
                            for ident, (room, queue) in self.members.items():
                                if ident != sender and "chat:" + room == event["channel"]:
                                    queue.put_nowait(text)
            except (RedisError, OSError):
                pass
            self.alive = False
            await asyncio.sleep(5.9)
            for _, queue in self.members.values():
                queue.put_nowait(None)
            await asyncio.sleep(0.2)


hub = Hub()


@asynccontextmanager
async def lifespan(app):
    task = asyncio.create_task(hub.listen())
    yield
    task.cancel()
    await hub.redis.aclose()


app = FastAPI(lifespan=lifespan)


async def write(websocket, queue):
    while (text := await queue.get()) is not None:
        await websocket.send_text(text)
    await websocket.close(1013)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    name = USERS.get(websocket.cookies.get("token"))
    origin = websocket.headers.get("origin")
    if (
        not ROOM.fullmatch(room)
        or name is None
        or (origin is not None and origin not in ALLOWED_ORIGINS.split(","))
    ):
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    if not hub.alive:
        await websocket.close(status.WS_1013_TRY_AGAIN_LATER)
        return
    ident, queue = uuid.uuid4().hex, asyncio.Queue()
    hub.members[ident] = room, queue
    writer = asyncio.create_task(write(websocket, queue))
    try:
        async for text in websocket.iter_text():
            if len(text) > 1000:
                queue.put_nowait(json.dumps({"type": "error", "message": "too long"}))
                continue
            try:
                await hub.redis.publish(
                    "chat:" + room,
                    ident
                    + " "
                    + json.dumps({"type": "message", "username": name, "message": text}),
                )
            except (RedisError, OSError):
                queue.put_nowait(None)
                await writer
                return
    finally:
        del hub.members[ident]
        writer.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await writer
