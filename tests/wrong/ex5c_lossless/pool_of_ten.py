# The mistake: each client holds a connection of a pool of ten.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: There may be any number

import asyncio
import json
import os

from fastapi import FastAPI, WebSocket
from redis.asyncio import BlockingConnectionPool, Redis

app = FastAPI()
redis = Redis.from_pool(
    BlockingConnectionPool.from_url(
        os.environ.get("REDIS_URL", "redis://localhost:6379"), max_connections=10, timeout=None
    )
)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    """A pool of ten connections for all: subscriptions take them, publishing waits for one."""
    await websocket.accept()

    async def listen(pubsub):
        async for item in pubsub.listen():
            if item["type"] == "message":
                data = json.loads(item["data"])
                if data["username"] != username:
                    await websocket.send_json(data)

    async with redis.pubsub() as pubsub:
        await pubsub.subscribe("CHAT")
        task = asyncio.create_task(listen(pubsub))
        try:
            async for text in websocket.iter_text():
                await redis.publish("CHAT", json.dumps({"username": username, "message": text}))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
