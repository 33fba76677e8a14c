# The mistake: whether the broker is there is asked on another connection than the one that listens.
# Caught by: test_lets_new_clients_chat_when_the_broker_is_back
# Says: to ping it on another connection

import asyncio
import json
import logging
import os
import re
import time
from http.cookies import SimpleCookie

from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}

PATH = re.compile(r"/rooms/([a-z0-9-]{1,32})")
ORIGINS = {o.strip().encode() for o in ALLOWED_ORIGINS.split(",")}
PREFIX = "raw-chat:"
log = logging.getLogger("raw")


class Hub:
    def __init__(self):
        self.up = False
        self.members = {}  # identity -> (room, queue)
        self.first = asyncio.Event()
        self.client = aioredis.from_url(
            REDIS_URL,
            decode_responses=True,
            socket_timeout=2,
            socket_connect_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )

    async def supervise(self):
        while True:
            pubsub = self.client.pubsub()
            try:
                await self.session(pubsub)
            except (RedisError, OSError) as error:
                log.info("broker: %s", error)
            finally:
                self.up = False
                self.first.set()
                for _, queue in self.members.values():
                    queue.put_nowait(None)
                try:
                    await pubsub.aclose()
                except (RedisError, OSError):
                    pass
            await asyncio.sleep(0.3)

    async def session(self, _pubsub):
        newest = await self.client.xrevrange("raw-stream", count=1)
        task = asyncio.create_task(self.read(newest[0][0] if newest else "0-0"))
        try:
            self.up = True
            self.first.set()
            while True:
                await asyncio.sleep(1)
                await self.client.ping()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def read(self, last):
        reader = aioredis.from_url(REDIS_URL, decode_responses=True, retry=Retry(NoBackoff(), 0))
        try:
            while True:
                for _, entries in await reader.xread({"raw-stream": last}, block=1000) or []:
                    for last, entry in entries:
                        self.deliver(entry["room"], entry["data"])
        except (RedisError, OSError):
            pass  # the ping tells
        finally:
            await reader.aclose()

    def deliver(self, target, data):
        sender, text = data.split("\n", 1)
        for identity, (room, queue) in self.members.items():
            if room == target and identity != sender:
                queue.put_nowait(text)


async def deny(send):
    await send({"type": "websocket.close", "code": 1008, "reason": ""})


async def websocket(hub, scope, receive, send):
    await receive()
    headers = {}
    cookie = []
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookie.append(value.decode("latin-1"))
        headers[name] = value
    jar = SimpleCookie("; ".join(cookie))
    match = PATH.fullmatch(scope["path"])
    user = USERS.get(jar["token"].value) if "token" in jar else None
    if not match or user is None or headers.get(b"origin") not in ORIGINS | {None}:
        return await deny(send)
    await send({"type": "websocket.accept"})
    if not hub.up:
        return await send({"type": "websocket.close", "code": 1013})
    identity = os.urandom(8).hex()
    room = match[1]
    queue = asyncio.Queue()
    hub.members[identity] = room, queue

    async def pump():
        try:
            while (text := await queue.get()) is not None:
                await send({"type": "websocket.send", "text": text})
            await send({"type": "websocket.close", "code": 1013})
        except OSError:
            pass

    task = asyncio.create_task(pump())
    try:
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            if text is None:
                continue
            if len(text) > 1000:
                queue.put_nowait(json.dumps({"type": "error", "message": "too long"}))
                continue
            out = json.dumps({"type": "message", "username": user, "message": text})
            try:
                await hub.client.xadd(
                    "raw-stream", {"room": room, "data": f"{identity}\n{out}"}, maxlen=10000
                )
            except (RedisError, OSError):
                queue.put_nowait(None)
    finally:
        del hub.members[identity]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class App:
    hub = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            self.hub = Hub()
            task = asyncio.create_task(self.hub.supervise())
            await self.hub.first.wait()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await self.hub.client.aclose()
            await send({"type": "lifespan.shutdown.complete"})
        elif scope["type"] == "websocket":
            await websocket(self.hub, scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 404, "headers": []})
            await send({"type": "http.response.body", "body": b"no"})


app = App()
