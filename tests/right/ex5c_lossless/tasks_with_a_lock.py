# In another style: a task for each message, kept in order by a lock.

import asyncio
import json
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

broadcast = Broadcast(os.environ.get("REDIS_URL", "redis://localhost:6379"))


@asynccontextmanager
async def lifespan(app):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)
publishing = set()


async def publish(lock, event):
    async with lock:  # those who wait for a lock get it in the order in which they came
        await broadcast.publish("CHAT", json.dumps(event))


async def read(websocket, username):
    lock = asyncio.Lock()
    while True:
        text = await websocket.receive_text()
        task = asyncio.create_task(publish(lock, {"username": username, "message": text}))
        publishing.add(task)
        task.add_done_callback(publishing.discard)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    reading = asyncio.create_task(read(websocket, username))
    async with broadcast.subscribe("CHAT") as subscriber:
        while not reading.done():
            getting = asyncio.create_task(subscriber.get())
            await asyncio.wait({getting, reading}, return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                event = json.loads(getting.result().message)
                if event["username"] != username:
                    try:
                        await websocket.send_json(event)
                    except WebSocketDisconnect:
                        break
            else:
                getting.cancel()
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)
