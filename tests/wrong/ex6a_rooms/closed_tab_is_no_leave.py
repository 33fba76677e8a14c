# The mistake: it tells no leave when a browser tab is closed, with 1001.
# Caught by: test_says_who_leaves
# Says: A closed browser tab sends 1001

"""One pattern subscription per worker; a hub with one queue per member."""

import asyncio
import json
import os
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import redis.asyncio as aioredis
from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
PREFIX = "hub:"


@dataclass(eq=False)
class Member:
    room: str
    name: str
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    inbox: asyncio.Queue = field(default_factory=asyncio.Queue)


class Hub:
    def __init__(self):
        self.members: dict[str, set[Member]] = defaultdict(set)

    async def run(self, ready: asyncio.Event):
        self.client = aioredis.Redis.from_url(REDIS_URL, decode_responses=True)
        try:
            async with self.client.pubsub() as pubsub:
                await pubsub.psubscribe(PREFIX + "*")
                async for item in pubsub.listen():
                    if item["type"] == "psubscribe":
                        ready.set()
                    elif item["type"] == "pmessage":
                        room = item["channel"][len(PREFIX) :]
                        key, payload = item["data"].split(" ", 1)
                        for member in list(self.members.get(room, ())):
                            if member.key != key:
                                member.inbox.put_nowait(payload)
        finally:
            await self.client.aclose()

    async def say(self, member, kind, **more):
        event = json.dumps({"type": kind, "username": member.name, **more}, ensure_ascii=False)
        await self.client.publish(PREFIX + member.room, f"{member.key} {event}")

    def enter(self, member):
        self.members[member.room].add(member)

    def exit(self, member):
        self.members[member.room].discard(member)
        if not self.members[member.room]:
            del self.members[member.room]


hub = Hub()
router = APIRouter(prefix="/rooms")


@asynccontextmanager
async def lifespan(app):
    ready = asyncio.Event()
    task = asyncio.create_task(hub.run(ready))
    await ready.wait()
    yield
    task.cancel()
    await asyncio.wait([task])


async def drain(member, websocket):
    try:
        while True:
            await websocket.send_text(await member.inbox.get())
    except WebSocketDisconnect:
        pass


@router.websocket("/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    member = Member(room, username)
    hub.enter(member)
    writer = asyncio.create_task(drain(member, websocket))
    try:
        await hub.say(member, "join")
        while True:
            await hub.say(member, "message", message=await websocket.receive_text())
    except WebSocketDisconnect as gone:
        if gone.code in (1000, 1005, 1006):
            await hub.say(member, "leave")
    finally:
        hub.exit(member)
        writer.cancel()


app = FastAPI(lifespan=lifespan)
app.include_router(router)
