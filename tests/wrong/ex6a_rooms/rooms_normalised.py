# The mistake: names of rooms are normalised.
# Caught by: test_keeps_rooms_apart
# Says: should have received nothing

import asyncio
import json
import os
import unicodedata
from contextlib import asynccontextmanager
from uuid import uuid4

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.redis = redis.from_url(REDIS_URL, decode_responses=True)
    yield
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    me = str(uuid4())
    room = unicodedata.normalize("NFKC", room)
    channel = f"room:{room}"

    async def publish(type, **more):
        event = {"sender": me, "type": type, "username": username, **more}
        await app.state.redis.publish(channel, json.dumps(event))

    async with app.state.redis.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe(channel)

        async def forward():
            async for raw in pubsub.listen():
                event = json.loads(raw["data"])
                if event.pop("sender") != me:
                    await websocket.send_json(event)

        async def talk():
            while True:
                await publish("message", message=await websocket.receive_text())

        await publish("join")
        tasks = [asyncio.create_task(forward()), asyncio.create_task(talk())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except WebSocketDisconnect:
            pass
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await publish("leave")
