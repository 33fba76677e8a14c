# The mistake: whoever passes a message on stops at the first dead client.
# Caught by: test_reaches_each_client_once_while_others_come_and_go
# Says: goes on with the others

import asyncio
import json
import os
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"

client = redis.from_url(REDIS_URL)
members: dict[WebSocket, str] = {}


async def pump(pubsub):
    async for item in pubsub.listen():
        if item["type"] == "message":
            said = json.loads(item["data"])
            for member, name in list(members.items()):
                if name != said["username"]:
                    try:
                        await member.send_json(said)
                    except (WebSocketDisconnect, RuntimeError):
                        break


@asynccontextmanager
async def lifespan(app: FastAPI):
    pubsub = client.pubsub()
    await pubsub.subscribe(CHANNEL)
    task = asyncio.create_task(pump(pubsub))
    yield
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await pubsub.aclose()
    await client.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members[websocket] = username
    try:
        while True:
            text = await websocket.receive_text()
            await client.publish(CHANNEL, json.dumps({"username": username, "message": text}))
    except WebSocketDisconnect:
        pass
    finally:
        members.pop(websocket, None)
