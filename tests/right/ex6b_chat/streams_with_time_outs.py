# In another style: streams, read with a time-out of the broker and one of the client.

"""streams, XREAD BLOCK; raises WebSocketException; nothing but the blocking read watches"""

import asyncio
import os
import re
import uuid

import redis.asyncio as aioredis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
app = FastAPI()
ERRORS = (aioredis.RedisError, OSError, asyncio.TimeoutError)


def connect():
    return aioredis.Redis.from_url(
        REDIS_URL,
        decode_responses=True,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=3,
        socket_connect_timeout=2,
    )


db = connect()


def refuse(websocket: WebSocket, room: str) -> str:
    token = websocket.cookies.get("token")
    if token not in USERS:
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    if not re.fullmatch("[a-z0-9-]{1,32}", room):
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    origin = websocket.headers.get("origin")
    if origin and origin not in [o.strip() for o in ALLOWED_ORIGINS.split(",")]:
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    name = refuse(websocket, room)
    await websocket.accept()
    me, stream = uuid.uuid4().hex, f"stream:{room}"
    mine = connect()

    async def follow():
        last = await mine.xrevrange(stream, count=1)
        since = last[0][0] if last else "0-0"
        while True:
            for _, entries in await mine.xread({stream: since}, block=1000) or []:
                for since, f in entries:
                    if f["id"] != me:
                        await websocket.send_json(
                            {"type": "message", "username": f["u"], "message": f["m"]}
                        )

    async def speak():
        while True:
            text = await websocket.receive_text()
            if len(text) > 1000:
                await websocket.send_json({"type": "error", "message": "1,000 characters!"})
                continue
            await db.xadd(stream, {"id": me, "u": name, "m": text}, maxlen=1000, approximate=True)

    tasks = [asyncio.ensure_future(follow()), asyncio.ensure_future(speak())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for t in tasks:
            t.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, ERRORS):
                try:
                    await websocket.close(1013, "broker away")
                except (RuntimeError, WebSocketDisconnect):
                    pass
                break
    finally:
        for t in tasks:
            t.cancel()
        await mine.aclose()
