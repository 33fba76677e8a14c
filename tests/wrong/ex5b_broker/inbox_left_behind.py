# The mistake: the inbox of whoever has left stays at the broker, and others go on filling it.
# Caught by: test_leaves_nothing_behind
# Says: more keys are at the broker

"""Every client has an inbox, a list in Redis; who speaks pushes to all inboxes but those of its name."""

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket
from redis.asyncio import Redis

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with Redis.from_url(URL) as app.state.redis:
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    redis = app.state.redis
    inbox = f"inbox:{uuid.uuid4()}"

    async def read():
        async with Redis.from_url(URL) as own:
            while True:
                _, line = await own.blpop([inbox])
                await websocket.send_text(line.decode())

    await redis.hset("inboxes", inbox, username)
    await websocket.accept()
    reader = asyncio.create_task(read())
    try:
        async for text in websocket.iter_text():
            line = json.dumps({"username": username, "message": text})
            names = await redis.hgetall("inboxes")
            async with redis.pipeline(transaction=True) as pipe:
                for key, name in names.items():
                    if name.decode() != username:
                        pipe.rpush(key, line)
                await pipe.execute()
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
