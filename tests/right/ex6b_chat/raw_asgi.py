# In another style: plain ASGI, connections to the broker for each client.

import asyncio
import json
import os
import re
import secrets
from http.cookies import SimpleCookie

import redis.asyncio
import redis.exceptions

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
AWAY = {"type": "websocket.close", "code": 1013, "reason": "the broker is away"}


def username(scope):
    headers = {key.decode().lower(): value.decode("latin-1") for key, value in scope["headers"]}
    allowed = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
    if "origin" in headers and headers["origin"] not in allowed:
        return None
    token = SimpleCookie(headers.get("cookie", "")).get("token")
    return USERS.get(token.value) if token else None


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await live(receive, send)
    await receive()
    match = re.fullmatch("/rooms/([a-z0-9-]{1,32})", scope["path"])
    name = username(scope)
    if not match or not name:
        return await send({"type": "websocket.close"})
    await send({"type": "websocket.accept"})
    client = redis.asyncio.from_url(URL)
    pubsub = client.pubsub(ignore_subscribe_messages=True)
    over = asyncio.Event()
    lost = False
    queue = asyncio.Queue()
    tasks = []
    me = secrets.token_hex(8)

    async def reading():
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            text = message.get("text") or ""
            if len(text) <= 1000:
                event = {"type": "message", "username": name, "message": text}
                await client.publish(match[1], me + json.dumps(event))
            else:
                queue.put_nowait(json.dumps({"type": "error", "message": "max. 1000"}))

    async def listening():
        await pubsub.subscribe(match[1])
        while True:
            item = await pubsub.get_message(timeout=10)
            if item and not item["data"].startswith(me.encode()):
                queue.put_nowait(item["data"][16:].decode())

    async def writing():
        while True:
            await send({"type": "websocket.send", "text": await queue.get()})

    async def run(work):
        nonlocal lost
        try:
            await work()
        except (redis.exceptions.RedisError, OSError) as error:
            lost = not isinstance(error, OSError) or work is not writing
        over.set()

    try:
        tasks = [asyncio.create_task(run(work)) for work in (reading, listening, writing)]
        await over.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pubsub.aclose()
        await client.aclose()
    if lost:
        await send(AWAY)


async def live(receive, send):
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
