# The mistake: the stream keeps ten messages only.
# Caught by: test_misses_nothing_when_everybody_talks_over_a_slow_link
# Says: kept short

import asyncio
import json
import os
from urllib.parse import parse_qs

import redis.asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
KEY = "lossless:stream"

writer = None


async def lifespan(receive, send):
    global writer
    while True:
        event = await receive()
        if event["type"] == "lifespan.startup":
            writer = aioredis.Redis.from_url(REDIS_URL, retry=Retry(NoBackoff(), 0))
            await send({"type": "lifespan.startup.complete"})
        elif event["type"] == "lifespan.shutdown":
            await writer.aclose()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def tail(reader, send, username, last):
    while True:
        for _key, entries in await reader.xread({KEY: last}, count=500, block=0) or ():
            for last, fields in entries:
                name = fields[b"u"].decode()
                if name == username:
                    continue
                body = json.dumps(
                    {"username": name, "message": fields[b"m"].decode()}, ensure_ascii=False
                )
                try:
                    await send({"type": "websocket.send", "text": body})
                except OSError:
                    return


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["type"] != "websocket":
        await send({"type": "http.response.start", "status": 404, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    event = await receive()
    if scope["path"] != "/ws":
        await send({"type": "websocket.close", "code": 1000})
        return
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    username = query.get("username", ["Anonymous"])[-1]
    reader = aioredis.Redis.from_url(
        REDIS_URL, single_connection_client=True, retry=Retry(NoBackoff(), 0)
    )
    task = None
    try:
        newest = await reader.xrevrange(KEY, count=1)
        last = newest[0][0] if newest else "0-0"
        await send({"type": "websocket.accept"})
        task = asyncio.create_task(tail(reader, send, username, last))
        while True:
            event = await receive()
            if event["type"] == "websocket.disconnect":
                break
            text = event.get("text")
            if text is not None:
                await writer.xadd(KEY, {"u": username, "m": text}, maxlen=10, approximate=False)
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await reader.aclose()
