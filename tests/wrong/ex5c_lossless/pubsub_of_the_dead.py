# The mistake: the subscription of a client that died while it spoke is kept.
# Caught by: test_leaves_nothing_behind
# Says: more connections to the broker were open

import asyncio
import json
import logging
import os

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket
from fastapi.websockets import WebSocketDisconnect

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("chat")

REDIS_URL = os.getenv("REDIS_URL", "redis://localhost:6379")
app = FastAPI()
pool = redis.ConnectionPool.from_url(REDIS_URL, decode_responses=True)


@app.websocket("/ws")
async def ws(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    log.info("%s came", username)
    r = redis.Redis(connection_pool=pool)
    pubsub = r.pubsub()
    if True:
        await pubsub.subscribe("lossless")

        async def from_broker():
            while True:
                msg = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
                if msg is None:
                    continue
                payload = json.loads(msg["data"])
                if payload["username"] == username:
                    continue
                log.info("to %s: %s", username, payload["message"][:20])
                await websocket.send_json(payload)

        async def from_client():
            async for text in websocket.iter_text():
                log.info("%s says %s", username, text[:20])
                assert r is not None
                await r.publish("lossless", json.dumps({"username": username, "message": text}))

        try:
            async with asyncio.TaskGroup() as tg:
                reader = tg.create_task(from_broker())
                await from_client()
                reader.cancel()
                await pubsub.aclose()
        except* WebSocketDisconnect:
            log.info("%s went", username)
