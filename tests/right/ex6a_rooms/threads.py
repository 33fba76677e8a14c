# In another style: the blocking client of redis-py, in threads.

import asyncio
import json
import os
import threading
import uuid
from contextlib import asynccontextmanager

import redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

pool = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))
members: dict[str, tuple[str, asyncio.Queue]] = {}


def heard(item):
    room, sender, event = json.loads(item["data"])
    for member, (there, queue) in list(members.items()):
        if there == room and member != sender:
            queue.put_nowait(event)


@asynccontextmanager
async def lifespan(app: FastAPI):
    loop = asyncio.get_running_loop()
    pubsub = pool.pubsub(ignore_subscribe_messages=True)
    pubsub.subscribe("chat")

    def listen():
        for item in pubsub.listen():
            loop.call_soon_threadsafe(heard, item)

    threading.Thread(target=listen, daemon=True).start()
    yield
    pubsub.close()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous"):
    await websocket.accept()
    me, queue = uuid.uuid4().hex, asyncio.Queue()
    members[me] = room, queue

    async def tell(**event):
        await asyncio.to_thread(pool.publish, "chat", json.dumps([room, me, event]))

    async def write():
        try:
            while True:
                await websocket.send_json(await queue.get())
        except WebSocketDisconnect:
            pass

    writing = asyncio.create_task(write())
    await tell(type="join", username=username)
    try:
        async for text in websocket.iter_text():
            await tell(type="message", username=username, message=text)
    finally:
        del members[me]
        writing.cancel()
        await tell(type="leave", username=username)
