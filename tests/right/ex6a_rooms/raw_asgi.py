# In another style: plain ASGI, no framework and no lifespan; `get_message`.

import asyncio
import json
import os
from urllib.parse import parse_qs
from uuid import uuid1

from redis.asyncio import Redis


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        return
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    username = query.get("username", ["Anonymous"])[0]
    _, kind, room = scope["path"].split("/", 2)
    assert kind == "rooms"
    async with Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379")) as redis:
        await serve(room, username, redis, receive, send)


async def serve(room, username, redis, receive, send):
    me = str(uuid1()).encode()

    async def tell(**event):
        await redis.publish(room, me + json.dumps(event).encode())

    async def listen(pubsub):
        while True:
            item = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1)
            if item and not item["data"].startswith(me):
                await send({"type": "websocket.send", "text": item["data"][36:].decode()})

    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(room)
        await receive()
        await send({"type": "websocket.accept"})
        await tell(type="join", username=username)
        task = asyncio.ensure_future(listen(pubsub))
        while (event := await receive())["type"] == "websocket.receive":
            await tell(type="message", username=username, message=event["text"])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await tell(type="leave", username=username)
