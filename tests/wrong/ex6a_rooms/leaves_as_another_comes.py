# The mistake: that a member was the last is found out before an await, and the subscription ended after it.
# Caught by: test_loses_nothing_when_all_speak_at_once
# Says: All members had left

import asyncio
import json
import logging
import os
import secrets
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
logger = logging.getLogger(__name__)


class ConnectionManager:
    def __init__(self):
        self.rooms: dict[str, dict[str, WebSocket]] = {}
        self.locks: dict[str, asyncio.Lock] = {}
        self.redis = None

    async def start(self):
        self.redis = redis.from_url(REDIS_URL, decode_responses=True)
        self.pubsub = self.redis.pubsub()
        await self.pubsub.subscribe("manager-keepalive")
        self.task = asyncio.create_task(self._loop())

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.pubsub.aclose()
        await self.redis.aclose()

    @staticmethod
    def _channel(room):
        return "manager-room:" + room

    async def _loop(self):
        async for item in self.pubsub.listen():
            if item["type"] != "message":
                continue
            packet = json.loads(item["data"])
            members = list(self.rooms.get(packet["room"], {}).items())
            await asyncio.gather(
                *(self._send(ws, packet["event"]) for key, ws in members if key != packet["from"])
            )

    async def _send(self, websocket, event):
        try:
            await websocket.send_json(event)
        except (WebSocketDisconnect, RuntimeError) as error:
            logger.debug("gone: %r", error)

    async def connect(self, room, websocket):
        key = secrets.token_hex(12)
        await websocket.accept()
        members = self.rooms.setdefault(room, {})
        members[key] = websocket
        if len(members) == 1:
            await self.pubsub.subscribe(self._channel(room))
        return key

    async def disconnect(self, room, key, username):
        members = self.rooms[room]
        last = len(members) == 1
        await self.publish(room, key, type="leave", username=username)
        del members[key]
        if last:
            del self.rooms[room]
            await self.pubsub.unsubscribe(self._channel(room))

    async def publish(self, room, key, **event):
        packet = {"room": room, "from": key, "event": event}
        await self.redis.publish(self._channel(room), json.dumps(packet))


manager = ConnectionManager()


@asynccontextmanager
async def lifespan(app):
    await manager.start()
    yield
    await manager.stop()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    key = await manager.connect(room, websocket)
    try:
        await manager.publish(room, key, type="join", username=username)
        while True:
            text = await websocket.receive_text()
            await manager.publish(room, key, type="message", username=username, message=text)
    except WebSocketDisconnect:
        pass
    finally:
        await manager.disconnect(room, key, username)
