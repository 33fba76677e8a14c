# The mistake: a worker that was empty does not subscribe again.
# Caught by: test_reaches_clients_on_every_worker
# Says: All clients of worker 2 had left

"""The last one unsubscribes the worker; nobody subscribes it again."""

import asyncio
import json
import os
from contextlib import asynccontextmanager

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"
queues = {}
subscribed = False
listener = None


async def listen(pubsub):
    async for m in pubsub.listen():
        if m["type"] == "message":
            data = json.loads(m["data"])
            for name, q in list(queues.values()):
                if name != data["username"]:
                    q.put_nowait(data)


@asynccontextmanager
async def lifespan(app):
    app.state.redis = Redis.from_url(REDIS_URL)
    app.state.pubsub = app.state.redis.pubsub()
    yield
    await app.state.pubsub.aclose()
    await app.state.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(ws: WebSocket, username: str = "Anonymous"):
    global subscribed, listener
    await ws.accept()
    key, q = object(), asyncio.Queue()
    queues[key] = username, q
    if not subscribed:
        subscribed = True
        await app.state.pubsub.subscribe(CHANNEL)
        listener = asyncio.create_task(listen(app.state.pubsub))

    async def write():
        while True:
            await ws.send_json(await q.get())

    task = asyncio.create_task(write())
    try:
        while True:
            text = await ws.receive_text()
            await app.state.redis.publish(
                CHANNEL, json.dumps({"username": username, "message": text})
            )
    except WebSocketDisconnect:
        pass
    finally:
        del queues[key]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        if not queues:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)
            await app.state.pubsub.unsubscribe(CHANNEL)
            await app.state.pubsub.aclose()  # a long way to the broker and back
