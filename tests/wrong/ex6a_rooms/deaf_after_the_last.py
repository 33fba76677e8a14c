# The mistake: the one listener ends with the last subscription and nobody starts it again.
# Caught by: test_leaves_nothing_behind
# Says: who goes on listening afterwards

import asyncio
import json
import os
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class Hub:
    """The members of this worker, and its one connection that listens to the broker."""

    def __init__(self) -> None:
        self.redis = Redis.from_url(REDIS_URL)
        self.pubsub = self.redis.pubsub()
        self.listening: asyncio.Task | None = None
        self.members: dict[str, dict[str, WebSocket]] = defaultdict(dict)

    async def listen(self) -> None:
        async for message in self.pubsub.listen():
            if message["type"] == "message":
                room = message["channel"].decode().removeprefix("room:")
                await self.deliver(room, json.loads(message["data"]))

    async def deliver(self, room: str, envelope: dict) -> None:
        for member, websocket in list(self.members[room].items()):
            if member != envelope["from"]:
                with suppress(WebSocketDisconnect, RuntimeError):
                    await websocket.send_json(envelope["event"])

    async def enter(self, room: str, member: str, websocket: WebSocket) -> None:
        if not self.members[room]:
            await self.pubsub.subscribe(f"room:{room}")
            if self.listening is None:
                self.listening = asyncio.create_task(self.listen())
        self.members[room][member] = websocket

    async def go(self, room: str, member: str) -> None:
        del self.members[room][member]
        if not self.members[room]:
            del self.members[room]
            await self.pubsub.unsubscribe(f"room:{room}")

    async def tell(self, room: str, member: str, event: dict) -> None:
        await self.redis.publish(f"room:{room}", json.dumps({"from": member, "event": event}))


hub = Hub()


@asynccontextmanager
async def lifespan(_: FastAPI):
    yield
    await hub.pubsub.aclose()
    await hub.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    me = uuid.uuid4().hex
    await hub.enter(room, me, websocket)
    await hub.tell(room, me, {"type": "join", "username": username})
    try:
        async for text in websocket.iter_text():
            event = {"type": "message", "username": username, "message": text}
            await hub.tell(room, me, event)
    finally:
        await hub.go(room, me)
        await hub.tell(room, me, {"type": "leave", "username": username})
