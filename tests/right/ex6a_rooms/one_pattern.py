# In another style: one pattern subscription for all rooms, started at the first client.

import asyncio
import json
import os
import secrets

import redis.asyncio as aioredis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
connection = aioredis.from_url(
    os.environ.get("REDIS_URL", "redis://localhost:6379"), decode_responses=True
)
everybody: dict[str, tuple[str, asyncio.Queue]] = {}
listener: asyncio.Task | None = None


async def listen(ready: asyncio.Event):
    pubsub = connection.pubsub(ignore_subscribe_messages=False)
    await pubsub.psubscribe("chat/*")
    async for item in pubsub.listen():
        if item["type"] == "psubscribe":
            ready.set()
        elif item["type"] == "pmessage":
            sender, _, text = item["data"].partition(" ")
            for member, (room, queue) in everybody.items():
                if member != sender and "chat/" + room == item["channel"]:
                    queue.put_nowait(text)


ready: asyncio.Event | None = None


async def listening():
    global listener, ready
    if listener is None:
        ready = asyncio.Event()
        listener = asyncio.create_task(listen(ready))
    await ready.wait()


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous"):
    await listening()
    await websocket.accept()
    member, queue = secrets.token_urlsafe(), asyncio.Queue()

    async def say(**event):
        await connection.publish("chat/" + room, member + " " + json.dumps(event))

    async def write():
        try:
            while True:
                await websocket.send_text(await queue.get())
        except WebSocketDisconnect:
            print("gone", member)

    await say(type="join", username=username)
    everybody[member] = room, queue
    writer = asyncio.create_task(write())
    try:
        while True:
            text = await websocket.receive_text()
            await say(type="message", username=username, message=text)
    except (WebSocketDisconnect, RuntimeError):  # this one where the writer was told first
        pass
    finally:
        del everybody[member]
        writer.cancel()
        await say(type="leave", username=username)
