# The mistake: PSUBSCRIBE takes `*` and `?` in a room's name for a pattern.
# Caught by: test_keeps_rooms_apart
# Says: `PSUBSCRIBE` reads `*`, `?`

import asyncio
import json
import os
import uuid
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()
redis = Redis.from_url(REDIS_URL)


async def pass_on(pubsub, me: str, websocket: WebSocket) -> None:
    with suppress(WebSocketDisconnect):
        async for published in pubsub.listen():
            if published["type"] == "pmessage":
                message = json.loads(published["data"])
                if message["from"] != me:
                    await websocket.send_json(message["event"])


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = uuid.uuid4().hex
    channel = f"room:{room}"

    async def tell(kind: str, **more: str) -> None:
        event = {"type": kind, "username": username, **more}
        await redis.publish(channel, json.dumps({"from": me, "event": event}))

    await websocket.accept()
    async with redis.pubsub() as pubsub:
        await pubsub.psubscribe(channel)
        passing_on = asyncio.create_task(pass_on(pubsub, me, websocket))
        await tell("join")
        try:
            async for text in websocket.iter_text():
                await tell("message", message=text)
        finally:
            passing_on.cancel()
            await asyncio.wait({passing_on})
            await tell("leave")
