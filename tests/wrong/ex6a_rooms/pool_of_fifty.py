# The mistake: each member holds one of a pool's fifty connections.
# Caught by: test_loses_nothing_when_all_speak_at_once
# Says: connection of a pool

import asyncio
import json
import os
import uuid

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import BlockingConnectionPool, Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()
POOL = BlockingConnectionPool.from_url(REDIS_URL, timeout=5)


class Left(Exception):
    pass


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = uuid.uuid4().hex
    channel = f"room:{room}"

    async with Redis(connection_pool=POOL) as redis, redis.pubsub() as pubsub:

        async def tell(**event):
            await redis.publish(channel, json.dumps([me, event]))

        async def forward():
            try:
                async for item in pubsub.listen():
                    if item["type"] == "message":
                        sender, event = json.loads(item["data"])
                        if sender != me:
                            await websocket.send_json(event)
            except WebSocketDisconnect:
                raise Left from None

        async def read():
            async for text in websocket.iter_text():
                await tell(type="message", username=username, message=text)
            raise Left

        await pubsub.subscribe(channel)
        while (await pubsub.get_message(timeout=None))["type"] != "subscribe":
            pass
        await websocket.accept()
        await tell(type="join", username=username)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(forward())
                group.create_task(read())
        except* Left:
            pass
        finally:
            await tell(type="leave", username=username)
