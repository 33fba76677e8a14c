# In another style: a blocking XREAD for each client, with a socket time-out.

import asyncio
import contextlib
import logging
import os
import re
from dataclasses import dataclass

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from fastapi.websockets import WebSocketDisconnect
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from starlette.exceptions import WebSocketException

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("rooms")

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
LIMIT = 1_000

router = APIRouter()


@dataclass
class Guest:
    websocket: WebSocket
    room: str
    name: str


async def guest(websocket: WebSocket, room: str) -> Guest:
    problems = []
    if re.fullmatch(r"[a-z0-9-]{1,32}", room, re.ASCII) is None:
        problems.append("room")
    name = USERS.get(websocket.cookies.get("token", ""))
    if name is None:
        problems.append("token")
    match websocket.headers.getlist("origin"):
        case []:
            pass
        case [origin] if origin in {o for o in ALLOWED_ORIGINS.split(",") if o}:
            pass
        case _:
            problems.append("origin")
    if problems:
        log.info("refused: %s", ", ".join(problems))
        raise WebSocketException(1008, ", ".join(problems))
    return Guest(websocket, room, name)


@contextlib.asynccontextmanager
async def connection():
    redis = Redis.from_url(
        REDIS_URL,
        decode_responses=True,
        single_connection_client=True,
        socket_timeout=2.5,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield redis
    finally:
        with contextlib.suppress(RedisError, OSError):
            await redis.aclose()


async def follow(guest: Guest, redis: Redis, key: str, me: str, last: str) -> None:
    while True:
        for _, entries in await redis.xread({key: last}, block=1000) or []:
            for last, entry in entries:
                if entry["id"] != me:
                    await guest.websocket.send_json(
                        {"type": "message", "username": entry["name"], "message": entry["text"]}
                    )


async def talk(guest: Guest, redis: Redis, key: str, me: str) -> None:
    async for text in guest.websocket.iter_text():
        if len(text) > LIMIT:
            await guest.websocket.send_json({"type": "error", "message": f"over {LIMIT}"})
            continue
        async with redis.pipeline() as pipe:
            pipe.xadd(key, {"id": me, "name": guest.name, "text": text}, maxlen=500)
            pipe.expire(key, 600)
            await pipe.execute()


@router.websocket("/rooms/{room}")
async def chat(guest: Guest = Depends(guest)) -> None:
    await guest.websocket.accept()
    key = "room-stream:" + guest.room
    tasks = []
    try:
        async with connection() as reader, connection() as writer:
            newest = await reader.xrevrange(key, count=1)
            last = newest[0][0] if newest else "0-0"
            me = str(await reader.client_id()) + os.urandom(6).hex()
            tasks = [
                asyncio.create_task(follow(guest, reader, key, me, last), name="follow"),
                asyncio.create_task(talk(guest, writer, key, me), name="talk"),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when="FIRST_COMPLETED")
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            for task in done:
                task.result()
    except (RedisError, OSError) as error:
        log.warning("broker: %r", error)
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            await guest.websocket.close(1013)
    except WebSocketDisconnect:
        log.info("%s left", guest.name)


app = FastAPI()
app.include_router(router)
