# The mistake: the disconnect goes on to the server, whose log has an error for each leaver.
# Caught by: test_leaves_nothing_behind
# Says: the server's error log should be empty

import asyncio
import json
import os
import re
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from redis.asyncio import Redis
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}

redis = Redis.from_url(REDIS_URL)
members: dict[str, dict[str, WebSocket]] = defaultdict(dict)
up = asyncio.Event()


async def deliver(room: str, envelope: dict) -> None:
    for member, websocket in list(members[room].items()):
        if member != envelope["from"]:
            with suppress(WebSocketDisconnect, RuntimeError):
                await websocket.send_json(envelope["event"])


async def close_all() -> None:
    for room in list(members.values()):
        for websocket in list(room.values()):
            with suppress(WebSocketDisconnect, RuntimeError):
                await websocket.close(1013)


async def listen() -> None:
    while True:
        try:
            async with redis.pubsub() as pubsub:
                await pubsub.psubscribe("room:*")
                async for message in pubsub.listen():
                    up.set()
                    if message["type"] == "pmessage":
                        room = message["channel"].decode().removeprefix("room:")
                        await deliver(room, json.loads(message["data"]))
        except (RedisError, OSError):
            up.clear()
            await close_all()
            await asyncio.sleep(0.5)


@asynccontextmanager
async def lifespan(_: FastAPI):
    listening = asyncio.create_task(listen())
    yield
    listening.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    token = websocket.cookies.get("token")
    origin = websocket.headers.get("origin")
    if not re.fullmatch(r"[a-z0-9-]{1,32}", room):
        raise WebSocketException(1008)
    if token not in USERS:
        raise WebSocketException(1008)
    if origin is not None and origin not in ALLOWED_ORIGINS:
        raise WebSocketException(1008)
    await websocket.accept()
    if not up.is_set():
        await websocket.close(1013)
        return
    me = uuid.uuid4().hex
    members[room][me] = websocket
    try:
        while True:
            text = await websocket.receive_text()
            if len(text) > 1000:
                await websocket.send_json({"type": "error", "message": "That is too long."})
                continue
            event = {"type": "message", "username": USERS[token], "message": text}
            await redis.publish(f"room:{room}", json.dumps({"from": me, "event": event}))
    except RedisError:
        with suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(1013)
    finally:
        del members[room][me]
        if not members[room]:
            del members[room]
