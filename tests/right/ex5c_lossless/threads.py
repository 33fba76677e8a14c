# In another style: the synchronous redis client, in threads.

import asyncio
import json
import os
import threading
from contextlib import asynccontextmanager

import redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))
queues: dict[asyncio.Queue, str] = {}


def listen(pubsub, loop):
    for message in pubsub.listen():
        if message["type"] == "message":
            loop.call_soon_threadsafe(deliver, json.loads(message["data"]))


def deliver(event):
    for queue, username in queues.items():
        if username != event["username"]:
            queue.put_nowait(event)


@asynccontextmanager
async def lifespan(app):
    pubsub = r.pubsub()
    pubsub.subscribe("chat")
    arguments = pubsub, asyncio.get_running_loop()
    threading.Thread(target=listen, args=arguments, daemon=True).start()
    yield


app = FastAPI(lifespan=lifespan)


async def write(websocket, queue):
    while True:
        await websocket.send_json(await queue.get())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    queue = asyncio.Queue()
    queues[queue] = username
    task = asyncio.create_task(write(websocket, queue))
    try:
        while True:
            text = await websocket.receive_text()
            event = json.dumps({"username": username, "message": text})
            await asyncio.to_thread(r.publish, "chat", event)
    except WebSocketDisconnect:
        pass
    finally:
        del queues[queue]
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
