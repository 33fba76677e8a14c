# In another style: Redis streams instead of publish and subscribe, one reader for each process.

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

redis = Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"), decode_responses=True)
members: dict[str, tuple[str, WebSocket]] = {}


async def read():
    newest = await redis.xrevrange("chat", count=1)
    last = newest[0][0] if newest else "0-0"
    while True:
        for _, entries in await redis.xread({"chat": last}, block=0) or []:
            for number, fields in entries:
                last = number
                await spread(**fields)


async def spread(room, sender, event):
    for member, (there, websocket) in list(members.items()):
        if there == room and member != sender:
            with suppress(WebSocketDisconnect, RuntimeError):
                await websocket.send_text(event)


@asynccontextmanager
async def lifespan(app):
    reading = asyncio.create_task(read())
    yield
    reading.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous"):
    me = uuid.uuid4().hex

    async def tell(**event):
        fields = {"room": room, "sender": me, "event": json.dumps(event)}
        await redis.xadd("chat", fields, maxlen=10_000)

    await websocket.accept()
    members[me] = room, websocket
    await tell(type="join", username=username)
    try:
        async for text in websocket.iter_text():
            await tell(type="message", username=username, message=text)
    finally:
        del members[me]
        await tell(type="leave", username=username)
