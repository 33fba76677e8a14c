# The mistake: the listener is stopped and started anew whenever somebody comes or goes.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: Whose subscription is it

import asyncio
import json
import os

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class Room:
    def __init__(self):
        self.lock = asyncio.Lock()
        self.members = {}
        self.task = None

    async def enter(self, ws, name):
        async with self.lock:
            self.members[ws] = name
            if self.task:
                self.task.cancel()
                await asyncio.gather(self.task, return_exceptions=True)
                await self.pubsub.aclose()
            if True:
                self.redis = Redis.from_url(URL)
                self.pubsub = self.redis.pubsub(ignore_subscribe_messages=True)
                await self.pubsub.subscribe("CHAT")
                self.task = asyncio.create_task(self.run())

    async def leave(self, ws):
        async with self.lock:
            del self.members[ws]
            if not self.members:
                self.task.cancel()
                await asyncio.gather(self.task, return_exceptions=True)
                self.task = None
                await self.pubsub.aclose()
                await self.redis.aclose()

    async def run(self):
        async for m in self.pubsub.listen():
            data = json.loads(m["data"])
            for ws, name in tuple(self.members.items()):
                if name == data["username"]:
                    continue
                try:
                    await ws.send_json(data)
                except Exception:
                    pass

    async def say(self, name, text):
        await self.redis.publish("CHAT", json.dumps({"username": name, "message": text}))


room = Room()
app = FastAPI()


@app.websocket("/ws")
async def chat(ws: WebSocket, username: str = "Anonymous"):
    await ws.accept()
    await room.enter(ws, username)
    try:
        while True:
            await room.say(username, await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        await room.leave(ws)
