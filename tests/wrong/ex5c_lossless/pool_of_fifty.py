# The mistake: each client holds one of a pool's fifty connections.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: connection of a pool

import asyncio
import json
import os

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import ConnectionPool, Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
router = APIRouter()
POOL = ConnectionPool.from_url(REDIS_URL, decode_responses=True, max_connections=50)


class Gone(Exception):
    pass


async def outgoing(websocket, pubsub, username):
    try:
        async for item in pubsub.listen():
            if item["type"] != "message":
                continue
            event = json.loads(item["data"])
            if event["username"] != username:
                await websocket.send_text(json.dumps(event))
    except WebSocketDisconnect:
        pass
    raise Gone


async def incoming(websocket, redis, username):
    async for text in websocket.iter_text():
        await redis.publish("lossless", json.dumps({"username": username, "message": text}))
    raise Gone


@router.websocket("/ws")
async def ws(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    async with Redis(connection_pool=POOL) as redis:
        async with redis.pubsub() as pubsub:
            await pubsub.subscribe("lossless")
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(outgoing(websocket, pubsub, username))
                    group.create_task(incoming(websocket, redis, username))
            except* Gone:
                pass


app = FastAPI()
app.include_router(router)
