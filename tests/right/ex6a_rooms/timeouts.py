# In another style: every call to the broker has a time limit, and every message a task of its own.

import asyncio
import json
import os
import uuid
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()
redis = Redis.from_url(REDIS_URL, socket_connect_timeout=1, health_check_interval=10)


async def pass_on(pubsub, me: str, websocket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        async for published in pubsub.listen():
            if published["type"] == "message":
                message = json.loads(published["data"])
                if message["from"] != me:
                    await websocket.send_json(message["event"])


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = uuid.uuid4().hex
    channel = f"room:{room}"

    async def tell(kind: str, **more: str) -> None:
        event = {"type": kind, "username": username, **more}
        async with asyncio.timeout(0.5):
            await redis.publish(channel, json.dumps({"from": me, "event": event}))

    await websocket.accept()
    async with redis.pubsub() as pubsub:
        await pubsub.subscribe(channel)
        passing_on = asyncio.create_task(pass_on(pubsub, me, websocket))
        await tell("join")
        try:
            async with asyncio.TaskGroup() as group:
                async for text in websocket.iter_text():
                    group.create_task(tell("message", message=text))
        finally:
            passing_on.cancel()
            await asyncio.wait({passing_on})
            await tell("leave")
