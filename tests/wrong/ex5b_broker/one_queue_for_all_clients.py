# The mistake: the clients of a worker take from one queue, so each message reaches one of them.
# Caught by: test_passes_a_message_on_to_the_others
# Says: take from one queue

import asyncio
import json
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket

broadcast = Broadcast(os.environ.get("REDIS_URL", "redis://localhost:6379"))


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with broadcast, broadcast.subscribe("CHAT") as subscriber:
        app.state.subscriber = subscriber
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()

    async def listen():
        while True:
            event = await app.state.subscriber.get()
            data = json.loads(event.message)
            if data["username"] != username:
                await websocket.send_json(data)

    task = asyncio.create_task(listen())
    try:
        async for text in websocket.iter_text():
            await broadcast.publish("CHAT", json.dumps({"username": username, "message": text}))
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
