# The mistake: what finds a member's queue of ten full is dropped.
# Caught by: test_loses_nothing_when_all_speak_at_once
# Says: a queue that is full

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class Bus:
    def __init__(self):
        self.redis = Redis.from_url(REDIS_URL)
        self.pubsub = self.redis.pubsub()
        self.rooms = {}
        self.lock = asyncio.Lock()

    async def start(self):
        await self.pubsub.subscribe(**{"keepalive:none": lambda m: None})
        self.task = asyncio.create_task(self.pump())

    async def pump(self):
        async for _ in self.pubsub.listen():
            pass

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.pubsub.aclose()
        await self.redis.aclose()

    def handler(self, room):
        def handle(message):
            data = json.loads(message["data"])
            for ident, queue in self.rooms.get(room, {}).items():
                if ident != data["id"]:
                    if not queue.full():
                        queue.put_nowait(data["event"])

        return handle

    async def enter(self, room, ident, queue):
        async with self.lock:
            if room not in self.rooms:
                self.rooms[room] = {}
                await self.pubsub.subscribe(**{"room:" + room: self.handler(room)})
            self.rooms[room][ident] = queue

    async def leave(self, room, ident):
        async with self.lock:
            del self.rooms[room][ident]
            if not self.rooms[room]:
                del self.rooms[room]
                await self.pubsub.unsubscribe("room:" + room)

    async def publish(self, room, ident, event):
        await self.redis.publish("room:" + room, json.dumps({"id": ident, "event": event}))


@asynccontextmanager
async def lifespan(app):
    app.state.bus = Bus()
    await app.state.bus.start()
    try:
        yield
    finally:
        await app.state.bus.stop()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    bus: Bus = websocket.app.state.bus
    ident = uuid.uuid4().hex
    queue = asyncio.Queue(10)
    await websocket.accept()

    async def sender():
        while True:
            event = await queue.get()
            try:
                await websocket.send_json(event)
            except Exception:
                break

    await bus.enter(room, ident, queue)
    task = asyncio.create_task(sender())
    try:
        await bus.publish(room, ident, {"type": "join", "username": username})
        async for text in websocket.iter_text():
            await bus.publish(
                room, ident, {"type": "message", "username": username, "message": text}
            )
    finally:
        task.cancel()
        await bus.leave(room, ident)
        await bus.publish(room, ident, {"type": "leave", "username": username})
