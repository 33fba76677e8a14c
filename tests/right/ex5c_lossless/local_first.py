# In another style: delivers on its own worker at once, and over the broker to the others.

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

WORKER = str(uuid.uuid4())
r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"), protocol=3)
members: set[tuple[str, WebSocket]] = set()


async def deliver(event):
    others = [ws for name, ws in members if name != event["username"]]
    await asyncio.gather(*(ws.send_json(event) for ws in others), return_exceptions=True)


async def listen(pubsub):
    async for item in pubsub.listen():
        if item["type"] == "message":
            worker, event = json.loads(item["data"])
            if worker != WORKER:
                await deliver(event)


@asynccontextmanager
async def lifespan(app):
    pubsub = r.pubsub()
    await pubsub.subscribe("workers")
    task = asyncio.create_task(listen(pubsub))
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    members.add((username, websocket))
    try:
        while True:
            event = {"username": username, "message": await websocket.receive_text()}
            await deliver(event)
            await r.publish("workers", json.dumps([WORKER, event]))
    except WebSocketDisconnect:
        members.discard((username, websocket))
