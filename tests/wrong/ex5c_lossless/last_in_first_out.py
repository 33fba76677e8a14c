# The mistake: a queue that hands out the latest first.
# Caught by: test_keeps_the_order_of_each_sender
# Says: It was sent later

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI, WebSocket
from pydantic import BaseModel
from redis.asyncio import Redis
from starlette.websockets import WebSocketDisconnect

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
log = logging.getLogger("chat")


class Message(BaseModel):
    username: str
    message: str


@dataclass(eq=False)
class Member:
    socket: WebSocket
    name: str
    outbox: asyncio.Queue[Message] = field(default_factory=asyncio.LifoQueue)

    async def write(self) -> None:
        while True:
            item = await self.outbox.get()
            try:
                await self.socket.send_text(item.model_dump_json())
            except (WebSocketDisconnect, RuntimeError):
                return


class Hub:
    def __init__(self, url: str) -> None:
        self.redis = Redis.from_url(url)
        self.members: set[Member] = set()

    @asynccontextmanager
    async def run(self, app):
        pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
        await pubsub.subscribe("CHAT")
        task = asyncio.create_task(self._listen(pubsub))
        try:
            yield
        finally:
            task.cancel()
            await pubsub.aclose()
            await self.redis.aclose()

    async def _listen(self, pubsub):
        async for raw in pubsub.listen():
            m = Message.model_validate_json(raw["data"])
            for member in self.members:
                if member.name != m.username:
                    member.outbox.put_nowait(m)

    async def serve(self, member: Member) -> None:
        self.members.add(member)
        writer = asyncio.create_task(member.write())
        log.info("%s joined", member.name)
        try:
            async for text in member.socket.iter_text():
                await self.redis.publish(
                    "CHAT", Message(username=member.name, message=text).model_dump_json()
                )
        finally:
            self.members.remove(member)
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
            log.info("%s left", member.name)


hub = Hub(os.environ.get("REDIS_URL", "redis://localhost:6379"))
app = FastAPI(lifespan=hub.run)


@app.websocket("/ws")
async def ws(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    await hub.serve(Member(websocket, username))
