# In another style: Starlette's WebSocketEndpoint, one shared listener that starts by itself.

import asyncio
import json
import os
import re
import uuid
import weakref
from contextlib import suppress

import redis.asyncio as redis
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute

ORIGINS = frozenset(os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(","))
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
client = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))


members = weakref.WeakSet()


class Room(WebSocketEndpoint):
    encoding = "text"
    listener = None
    accepted = False

    async def on_connect(self, websocket):
        self.websocket = websocket
        self.id = str(uuid.uuid4())
        self.user = USERS.get(websocket.cookies.get("token"))
        self.room = websocket.path_params["room"]
        origin = websocket.headers.get("origin")
        good = re.match(r"[a-z0-9-]{1,32}\Z", self.room)
        if not good or not self.user or (origin is not None and origin not in ORIGINS):
            await websocket.close()
            return
        await websocket.accept()
        self.accepted = True
        try:
            await self.listen()
        except redis.RedisError:
            await self.away()

    async def listen(self):
        if Room.listener is None or Room.listener.done():
            pubsub = client.pubsub()
            await pubsub.psubscribe("*")
            Room.listener = asyncio.create_task(Room.heard(pubsub))
        members.add(self)

    @staticmethod
    async def heard(pubsub):
        try:
            async for item in pubsub.listen():
                if item["type"] == "pmessage":
                    sender, text = json.loads(item["data"])
                    for member in list(members):
                        if member.room == item["channel"].decode() and member.id != sender:
                            await member.tell(text)
        except redis.RedisError:
            Room.listener = None
            for member in list(members):
                await member.away()
            await pubsub.aclose()

    async def tell(self, text):
        try:
            await self.websocket.send_text(text)
        except Exception:
            members.discard(self)

    async def away(self):
        members.discard(self)
        with suppress(RuntimeError):
            await self.websocket.close(1013)

    async def on_receive(self, websocket, data):
        if not self.accepted or self not in members:
            return
        if len(data) > 1000:
            await websocket.send_json({"type": "error", "message": "Please be brief."})
            return
        event = {"type": "message", "username": self.user, "message": data}
        try:
            await client.publish(self.room, json.dumps([self.id, json.dumps(event)]))
        except redis.RedisError:
            await self.away()

    async def on_disconnect(self, websocket, close_code):
        members.discard(self)


app = Starlette(routes=[WebSocketRoute("/rooms/{room}", Room)])
