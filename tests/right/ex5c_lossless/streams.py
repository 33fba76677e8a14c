# In another style: a Redis stream that each worker follows from the last entry that it has seen.

import asyncio
import os
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

rooms: dict[WebSocket, str] = {}


async def follow(connection):
    latest = "$"
    while True:
        for _, entries in await connection.xread({"chat": latest}, block=0):
            for identity, entry in entries:
                latest = identity
                for websocket, username in list(rooms.items()):
                    if username != entry["username"]:
                        try:
                            await websocket.send_json(entry)
                        except (WebSocketDisconnect, RuntimeError):
                            rooms.pop(websocket, None)
                websocket = None


@asynccontextmanager
async def lifespan(app):
    connection = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    app.state.redis = connection
    following = asyncio.create_task(follow(connection))
    yield
    following.cancel()
    await connection.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    rooms[websocket] = username
    try:
        while True:
            text = await websocket.receive_text()
            entry = {"username": username, "message": text}
            await app.state.redis.xadd("chat", entry, maxlen=1000)
    except WebSocketDisconnect:
        pass
    finally:
        rooms.pop(websocket, None)
