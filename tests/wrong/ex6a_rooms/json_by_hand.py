# The mistake: the JSON is put together with an f-string.
# Caught by: test_carries_texts_and_names_exactly
# Says: `json.dumps` knows what to do with quotes

import asyncio
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
            if published["type"] == "message":
                message = published["data"].decode()
                if not message.startswith(me):
                    await websocket.send_text(message[32:])


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = uuid.uuid4().hex
    channel = f"room:{room}"

    async def tell(kind: str, **more: str) -> None:
        event = f'{{"type": "{kind}", "username": "{username}"'
        for key, value in more.items():
            event += f', "{key}": "{value}"'
        await redis.publish(channel, f"{me}{event}}}")

    await websocket.accept()
    async with redis.pubsub() as pubsub:
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
