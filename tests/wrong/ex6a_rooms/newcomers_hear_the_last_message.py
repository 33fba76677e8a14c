# The mistake: a newcomer gets the last messages that others heard before it came.
# Caught by: test_says_who_joins
# Says: This was said before the newcomer came

"""Redis streams: every room a stream that expires, every member reads on from where it came."""

import asyncio
import os
import uuid

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()


async def tell(db, stream, **fields):
    async with db.pipeline(transaction=False) as pipe:
        pipe.xadd(stream, fields, maxlen=5000, approximate=True)
        pipe.expire(stream, 60)
        return (await pipe.execute())[0]


async def follow(db, stream, last, me, websocket):
    while True:
        for _stream, entries in await db.xread({stream: last}, block=1000) or ():
            for last, fields in entries:
                if fields.pop("id") != me:
                    await websocket.send_json(fields)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    me, stream = uuid.uuid4().hex, "stream:" + room
    async with redis.from_url(REDIS_URL, decode_responses=True) as db:
        for _id, fields in await db.xrevrange(stream, count=2):
            if fields["type"] == "message":
                await websocket.send_json({k: v for k, v in fields.items() if k != "id"})
        # the id of our own join is where we start to read
        start = await tell(db, stream, id=me, type="join", username=username)
        task = asyncio.create_task(follow(db, stream, start, me, websocket))
        try:
            async for text in websocket.iter_text():
                await tell(db, stream, id=me, type="message", username=username, message=text)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await tell(db, stream, id=me, type="leave", username=username)
