# The mistake: it stops listening after 30 s without a message.
# Caught by: test_carries_messages_to_the_others_in_the_room
# Says: no message is no error

import asyncio
import json
import os
import uuid

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
PUBLISH = "return redis.call('PUBLISH', KEYS[1], ARGV[1] .. '|' .. ARGV[2])"
app = FastAPI()


async def quietly(awaitable):
    try:
        return await awaitable
    except (RedisError, OSError):
        return None


async def relay(websocket, pubsub, me):
    while True:
        item = await pubsub.get_message(timeout=30)
        if item is None:
            return
        if item["type"] != "message":
            continue
        sender, event = item["data"].split("|", 1)
        if sender == me:
            continue
        try:
            await websocket.send_text(event)
        except (WebSocketDisconnect, RuntimeError):
            return


@app.websocket("/rooms/{room:str}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = str(uuid.uuid4())
    key = f"{{lua}}:{room}"
    client = Redis.from_url(REDIS_URL, decode_responses=True)
    script = client.register_script(PUBLISH)
    pubsub = client.pubsub()
    task = None

    async def emit(**event):
        await script(keys=[key], args=[me, json.dumps(event)])

    try:
        await pubsub.subscribe(key)
        await websocket.accept()
        task = asyncio.create_task(relay(websocket, pubsub, me))
        await emit(type="join", username=username)
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is not None:
                await emit(type="message", username=username, message=message["text"])
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await quietly(emit(type="leave", username=username))
        await quietly(pubsub.aclose())
        await quietly(client.aclose())
