# The mistake: the synchronous client waits for the broker and stops the whole worker.
# Caught by: test_serves_others_while_the_broker_is_slow
# Says: blocks its event loop

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager

import redis as blocking
import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

WORKER = str(uuid.uuid4())
r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"), protocol=3)
publisher = blocking.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))
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
            publisher.publish("workers", json.dumps([WORKER, event]))
    except WebSocketDisconnect:
        members.discard((username, websocket))
