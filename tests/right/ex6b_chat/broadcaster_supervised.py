# In another style: broadcaster, replaced by a new one whenever its listener has ended.

import asyncio
import json
import os
import re
import uuid
from contextlib import asynccontextmanager, suppress

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}


class Chat:
    """A Broadcast that is replaced by a new one whenever its listener has ended."""

    def __init__(self) -> None:
        self.broadcast: Broadcast | None = None
        self.endpoints: set[asyncio.Task] = set()

    async def supervise(self) -> None:
        while True:
            if self.broadcast is None:
                await self.begin()
            elif self.broadcast._backend._listener.done():
                await self.give_up()
            await asyncio.sleep(1)

    async def begin(self) -> None:
        broadcast = Broadcast(REDIS_URL)
        with suppress(Exception):
            async with Redis.from_url(REDIS_URL) as redis:
                await redis.ping()
            await broadcast.connect()
            self.broadcast = broadcast

    async def give_up(self) -> None:
        broadcast, self.broadcast = self.broadcast, None
        for endpoint in self.endpoints:
            endpoint.cancel("lost")
        with suppress(Exception):
            await broadcast.disconnect()


chats = Chat()


@asynccontextmanager
async def lifespan(_: FastAPI):
    await chats.begin()
    supervising = asyncio.create_task(chats.supervise())
    yield
    supervising.cancel()


app = FastAPI(lifespan=lifespan)


async def listen(websocket, subscriber, me):
    async for event in subscriber:
        message = json.loads(event.message)
        if message["from"] != me:
            await websocket.send_json(message["event"])


async def talk(websocket, broadcast, room, me, username):
    async for text in websocket.iter_text():
        if len(text) > 1000:
            await websocket.send_json({"type": "error", "message": "too long"})
            continue
        event = {"type": "message", "username": username, "message": text}
        await broadcast.publish(room, json.dumps({"from": me, "event": event}))


async def serve(websocket, broadcast, room, username):
    me = str(uuid.uuid4())
    async with broadcast.subscribe(channel=room) as subscriber:
        tasks = [
            asyncio.create_task(listen(websocket, subscriber, me)),
            asyncio.create_task(talk(websocket, broadcast, room, me, username)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    token = websocket.cookies.get("token")
    origin = websocket.headers.get("origin", ALLOWED_ORIGINS[0])
    known = token in USERS and origin in ALLOWED_ORIGINS
    if not known or not re.fullmatch("[a-z0-9-]{1,32}", room):
        raise WebSocketException(1008)
    await websocket.accept()
    if broadcast := chats.broadcast:
        endpoint = asyncio.create_task(serve(websocket, broadcast, room, USERS[token]))
        chats.endpoints.add(endpoint)
        await asyncio.wait({endpoint})
        chats.endpoints.discard(endpoint)
        with suppress(asyncio.CancelledError, Exception):
            endpoint.result()
    with suppress(WebSocketDisconnect, RuntimeError):
        await websocket.close(1013)
