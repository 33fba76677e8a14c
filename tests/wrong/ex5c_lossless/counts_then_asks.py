# The mistake: asks how many messages there are, and then for the latest so many.
# Caught by: test_misses_nothing_when_everybody_talks_over_a_slow_link
# Says: gets others than those that were counted

import asyncio
import json
import os

from fastapi import FastAPI, WebSocket
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    """A list in Redis, looked at ten times a second; it keeps the newest hundred."""
    await websocket.accept()
    seen = int(await redis.get("count") or 0)

    async def look():
        nonlocal seen
        while True:
            await asyncio.sleep(0.1)
            count = int(await redis.get("count") or 0)
            if count > seen:
                lines = await redis.lrange("lines", -(count - seen), -1)
                seen = count
                for line in lines:
                    data = json.loads(line)
                    if data["username"] != username:
                        await websocket.send_json(data)

    task = asyncio.create_task(look())
    try:
        async for text in websocket.iter_text():
            async with redis.pipeline(transaction=True) as pipe:
                pipe.rpush("lines", json.dumps({"username": username, "message": text}))
                pipe.ltrim("lines", -100, -1)
                pipe.incr("count")
                await pipe.execute()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
