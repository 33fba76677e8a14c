# The mistake: the error goes to all connections of the user.
# Caught by: test_limits_messages_to_1000_characters
# Says: The error is for the sender alone

"""One listener per worker that is started anew; it closes everybody when it breaks."""

import asyncio
import contextlib
import json
import os
import re
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
BROKEN = (RedisError, OSError)


@dataclass(eq=False)
class Member:
    websocket: WebSocket
    room: str
    username: str
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    inbox: asyncio.Queue = field(default_factory=asyncio.Queue)

    async def write(self):
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while (event := await self.inbox.get()) is not None:
                await self.websocket.send_json(event)
            await self.websocket.close(1013, "the broker is away")


class Hub:
    def __init__(self):
        self.up = False
        self.members = set()

    def client(self):
        return redis.from_url(
            REDIS_URL,
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )

    async def supervise(self):
        while True:
            try:
                await self.listen()
            except BROKEN:
                pass
            finally:
                self.up = False
                for member in self.members:
                    member.inbox.put_nowait(None)
            await asyncio.sleep(0.5)

    async def listen(self):
        async with self.client() as client, client.pubsub() as pubsub:
            await pubsub.psubscribe("chat:*")
            await pubsub.get_message(timeout=2)
            self.up = True
            while True:
                item = await pubsub.get_message(timeout=1)
                if item is None:
                    await client.ping()
                elif item["type"] == "pmessage":
                    room = item["channel"].removeprefix("chat:")
                    sender, event = json.loads(item["data"])
                    for member in list(self.members):
                        if member.room == room and member.id != sender:
                            member.inbox.put_nowait(event)


hub = Hub()


@asynccontextmanager
async def lifespan(app):
    hub.publisher = hub.client()
    task = asyncio.create_task(hub.supervise())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await hub.publisher.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    origin = websocket.headers.get("origin")
    if not re.fullmatch("[a-z0-9-]{1,32}", room):
        raise WebSocketException(1008, "room")
    if username is None:
        raise WebSocketException(1008, "token")
    if origin is not None and origin not in ALLOWED_ORIGINS.split(","):
        raise WebSocketException(1008, "origin")
    await websocket.accept()
    if not hub.up:
        await websocket.close(1013, "the broker is away")
        return
    member = Member(websocket, room, username)
    hub.members.add(member)
    writer = asyncio.create_task(member.write())
    try:
        async for text in websocket.iter_text():
            if len(text) > 1000:
                for other in hub.members:
                    if other.room == room and other.username == username:
                        other.inbox.put_nowait({"type": "error", "message": "Too long"})
                continue
            event = {"type": "message", "username": username, "message": text}
            try:
                await hub.publisher.publish("chat:" + room, json.dumps([member.id, event]))
            except BROKEN:
                member.inbox.put_nowait(None)
    finally:
        hub.members.discard(member)
        writer.cancel()
        await asyncio.wait([writer])
