# The mistake: the JSON is put together by hand.
# Caught by: test_passes_text_on_exactly_as_it_was
# Says: waited for

import asyncio
import json
import os
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"


@asynccontextmanager
async def lifespan(app):
    app.state.redis = redis.from_url(REDIS_URL, decode_responses=True)
    yield
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


def encode(username, text):
    return '{"username": "%s", "message": %s}' % (username, json.dumps(text))


def decode(data):
    return json.loads(data)


def for_me(data, username):
    return data["username"] != username


async def forward(ws, pubsub, username):
    async for m in pubsub.listen():
        if m["type"] == "message":
            data = decode(m["data"])
            if for_me(data, username):
                await ws.send_json(data)


@app.websocket("/ws")
async def chat(ws: WebSocket, username: str = "Anonymous"):
    await ws.accept()
    r = app.state.redis
    pubsub = r.pubsub()
    await pubsub.subscribe(CHANNEL)
    task = asyncio.create_task(forward(ws, pubsub, username))
    try:
        while True:
            text = await ws.receive_text()
            await r.publish(CHANNEL, encode(username, text))
    except WebSocketDisconnect:
        pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await pubsub.aclose()
