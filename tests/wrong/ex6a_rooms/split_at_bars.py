# The mistake: names and texts are joined by bars, and split at them.
# Caught by: test_carries_texts_and_names_exactly
# Says: It was cut after

import asyncio
import json
import os
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class Hub:
    def __init__(self):
        self.redis = Redis.from_url(REDIS_URL)
        self.members = defaultdict(dict)
        self.ready = asyncio.Event()

    async def run(self):
        async with self.redis.pubsub() as p:
            await p.psubscribe("rooms:*")
            async for m in p.listen():
                self.ready.set()
                if m["type"] == "pmessage":
                    room = m["channel"].decode()[len("rooms:") :]
                    sender, kind, name, *rest = m["data"].decode().split("|")
                    event = {"type": kind, "username": name}
                    if kind == "message":
                        event["message"] = rest[0]
                    payload = json.dumps(event)
                    for ident, q in list(self.members.get(room, {}).items()):
                        if ident != sender:
                            q.put_nowait(payload)

    async def say(self, room, ident, event):
        await self.redis.publish(
            "rooms:" + room,
            "|".join([ident, event["type"], event["username"], event.get("message", "")]),
        )


hub = Hub()


@asynccontextmanager
async def lifespan(app):
    print("starting")
    task = asyncio.create_task(hub.run(), name="hub")
    await hub.ready.wait()
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await hub.redis.aclose()
    print("bye")


app = FastAPI(lifespan=lifespan)


async def write(ws, queue):
    with suppress(Exception):
        while True:
            await ws.send_text(await queue.get())


@app.websocket("/rooms/{room}")
async def rooms(ws: WebSocket, room: str, username: str = "Anonymous"):
    await ws.accept()
    ident, queue = uuid.uuid4().hex, asyncio.Queue()
    hub.members[room][ident] = queue
    writer = asyncio.create_task(write(ws, queue))
    try:
        await hub.say(room, ident, {"type": "join", "username": username})
        async for text in ws.iter_text():
            print(username, "says", text[:20])
            await hub.say(room, ident, {"type": "message", "username": username, "message": text})
    finally:
        writer.cancel()
        del hub.members[room][ident]
        if not hub.members[room]:
            del hub.members[room]
        await hub.say(room, ident, {"type": "leave", "username": username})
