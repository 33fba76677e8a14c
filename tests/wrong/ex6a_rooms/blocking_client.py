# The mistake: messages are published by redis-py's blocking client, in the event loop.
# Caught by: test_loses_nothing_when_all_speak_at_once
# Says: something blocks its event loop

import asyncio
import json
import os
import uuid
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis import Redis
from redis.asyncio import Redis as AsyncRedis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()
redis = Redis.from_url(REDIS_URL)
listening = AsyncRedis.from_url(REDIS_URL)


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
        redis.publish(channel, json.dumps({"from": me, "event": event}))

    await websocket.accept()
    async with listening.pubsub() as pubsub:
        await pubsub.subscribe(channel)
        passing_on = asyncio.create_task(pass_on(pubsub, me, websocket))
        await tell("join")
        try:
            async for text in websocket.iter_text():
                await tell("message", message=text)
        finally:
            passing_on.cancel()
            await asyncio.wait({passing_on})
            await tell("leave")
