# The mistake: rooms are the same if the first 32 letters are.
# Caught by: test_keeps_rooms_apart
# Says: Compare names of rooms whole

"""One redis.asyncio connection pair per client, asyncio.wait FIRST_COMPLETED."""

import asyncio
import json
import os
import uuid

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis import asyncio as redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()


async def read(websocket, client, channel, me, username):
    try:
        while True:
            text = await websocket.receive_text()
            event = {"type": "message", "username": username, "message": text}
            await client.publish(channel, json.dumps([me, event]))
    except WebSocketDisconnect:
        pass


async def write(websocket, pubsub, me):
    try:
        async for item in pubsub.listen():
            if item["type"] != "message":
                continue
            sender, event = json.loads(item["data"])
            if sender != me:
                await websocket.send_json(event)
    except WebSocketDisconnect:
        pass


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    me = uuid.uuid4().hex
    channel = f"ex6a:{room[:32]}"
    client = redis.from_url(REDIS_URL)
    pubsub = client.pubsub()
    try:
        await pubsub.subscribe(channel)
        while (await pubsub.get_message(timeout=None))["type"] != "subscribe":
            pass
        await client.publish(channel, json.dumps([me, {"type": "join", "username": username}]))
        tasks = {
            asyncio.create_task(read(websocket, client, channel, me, username)),
            asyncio.create_task(write(websocket, pubsub, me)),
        }
        done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            task.result()
        await client.publish(channel, json.dumps([me, {"type": "leave", "username": username}]))
    finally:
        await pubsub.aclose()
        await client.aclose()
