# In another style: a pub/sub connection for each client, whose error closes it.

import asyncio
import json
import os
import re
import uuid
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from redis.asyncio import Redis
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}

app = FastAPI()
redis = Redis.from_url(REDIS_URL)


async def listen(websocket: WebSocket, pubsub, me: str) -> None:
    async for message in pubsub.listen():
        if message["type"] == "message":
            envelope = json.loads(message["data"])
            if envelope["from"] != me:
                await websocket.send_json(envelope["event"])


async def talk(websocket: WebSocket, room: str, me: str, username: str) -> None:
    async for text in websocket.iter_text():
        if len(text) > 1000:
            await websocket.send_json({"type": "error", "message": "1,000 characters at most"})
        else:
            event = {"type": "message", "username": username, "message": text}
            await redis.publish(room, json.dumps({"from": me, "event": event}))


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    token = websocket.cookies.get("token")
    origin = websocket.headers.get("origin", ALLOWED_ORIGINS[0])
    known = token in USERS and origin in ALLOWED_ORIGINS
    if not known or not re.fullmatch("[a-z0-9-]{1,32}", room):
        raise WebSocketException(1008)
    await websocket.accept()
    me = str(uuid.uuid4())
    try:
        async with redis.pubsub() as pubsub:
            await pubsub.subscribe(room)
            tasks = [
                asyncio.create_task(listen(websocket, pubsub, me)),
                asyncio.create_task(talk(websocket, room, me, USERS[token])),
            ]
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    task.result()
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    except (RedisError, OSError):
        with suppress(WebSocketDisconnect, RuntimeError):
            await websocket.close(1013)
    except WebSocketDisconnect:
        pass
