# The mistake: a page of the server's own host is let in, too.
# Caught by: test_refuses_foreign_pages
# Says: is none of the allowed origins

"""redis.asyncio: a pubsub per client, without retries; whichever ends first decides."""

import asyncio
import json
import os
import re
import uuid

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from redis import asyncio as redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}

app = FastAPI()
ORIGINS = {origin.strip() for origin in ALLOWED_ORIGINS.split(",")}
ROOM = re.compile(r"[a-z0-9-]{1,32}")


async def read(websocket, client, channel, me, username):
    while True:
        text = await websocket.receive_text()
        if len(text) > 1000:
            await websocket.send_json({"type": "error", "message": "Too long."})
            continue
        event = {"type": "message", "username": username, "message": text}
        await client.publish(channel, json.dumps([me, event]))


async def write(websocket, pubsub, me):
    while True:
        item = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1)
        if item is None:
            await pubsub.ping()
        elif item["type"] == "message":
            sender, event = json.loads(item["data"])
            if sender != me:
                await websocket.send_json(event)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    origin = websocket.headers.get("origin")
    if (
        not ROOM.fullmatch(room)
        or username is None
        or (origin is not None and origin not in ORIGINS | {"http://" + websocket.headers["host"]})
    ):
        raise WebSocketException(1008)
    await websocket.accept()
    me, channel = uuid.uuid4().hex, f"ex6b:{room}"
    client = redis.from_url(
        REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
    )
    pubsub = client.pubsub()
    try:
        await pubsub.subscribe(channel)
        tasks = {
            asyncio.create_task(read(websocket, client, channel, me, username)),
            asyncio.create_task(write(websocket, pubsub, me)),
        }
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        errors = [task.exception() for task in done]
        for error in errors:
            if isinstance(error, WebSocketDisconnect):
                return
        for error in errors:
            if error:
                raise error
    except (RedisError, OSError):
        try:
            await websocket.close(1013)
        except (RuntimeError, WebSocketDisconnect):
            pass
    finally:
        try:
            await pubsub.aclose()
            await client.aclose()
        except (RedisError, OSError):
            pass
