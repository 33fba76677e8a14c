# The mistake: only the sending connection is left out, not its name.
# Caught by: test_reaches_the_other_names_on_every_worker
# Says: Nobody of the sender's name gets what it said

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager, suppress

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

CHANNEL = "CHAT"
clients: dict[WebSocket, tuple[str, asyncio.Queue]] = {}


async def listen(pubsub):
    async for message in pubsub.listen():
        if message["type"] != "message":
            continue
        sender, event = json.loads(message["data"])
        for websocket, (_, queue) in clients.items():
            if websocket.scope["id"] != sender:
                queue.put_nowait(event)


@asynccontextmanager
async def lifespan(app):
    async with redis.from_url(os.environ["REDIS_URL"]) as connection:
        app.state.redis = connection
        async with connection.pubsub() as pubsub:
            await pubsub.subscribe(CHANNEL)
            listener = asyncio.create_task(listen(pubsub))
            yield
            listener.cancel()
            with suppress(asyncio.CancelledError):
                await listener


app = FastAPI(lifespan=lifespan)


async def write(websocket, queue):
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.send_json(await queue.get())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    websocket.scope["id"] = str(uuid.uuid4())
    queue = asyncio.Queue(maxsize=1000)
    clients[websocket] = username, queue
    writer = asyncio.create_task(write(websocket, queue))
    try:
        async for text in websocket.iter_text():
            event = {"username": username, "message": text}
            await websocket.app.state.redis.publish(
                CHANNEL, json.dumps([websocket.scope["id"], event])
            )
    finally:
        del clients[websocket]
        writer.cancel()
