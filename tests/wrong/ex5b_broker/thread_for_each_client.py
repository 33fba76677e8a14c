# The mistake: each client holds a thread of a pool of forty.
# Caught by: test_reaches_each_client_once_while_others_come_and_go
# Says: There may be any number of them

"""The blocking redis client; each client of the chat listens in a thread of the pool."""

import asyncio
import json
import os
import threading

import redis
from fastapi import FastAPI, WebSocket
from fastapi.concurrency import run_in_threadpool

app = FastAPI()
store = redis.Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))


def listen(pubsub, stop, loop, queue):
    while not stop.is_set():
        item = pubsub.get_message(ignore_subscribe_messages=True, timeout=0.05)
        if item:
            loop.call_soon_threadsafe(queue.put_nowait, json.loads(item["data"]))
    pubsub.close()


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    queue, stop = asyncio.Queue(), threading.Event()
    pubsub = store.pubsub()
    await asyncio.to_thread(pubsub.subscribe, "CHAT")

    async def write():
        while True:
            data = await queue.get()
            if data["username"] != username:
                await websocket.send_json(data)

    writer = asyncio.create_task(write())
    listener = asyncio.create_task(
        run_in_threadpool(listen, pubsub, stop, asyncio.get_running_loop(), queue)
    )
    try:
        async for text in websocket.iter_text():
            line = json.dumps({"username": username, "message": text})
            await asyncio.to_thread(store.publish, "CHAT", line)
    finally:
        stop.set()
        writer.cancel()
        await asyncio.gather(writer, listener, return_exceptions=True)
