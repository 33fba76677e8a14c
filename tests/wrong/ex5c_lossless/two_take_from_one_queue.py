# The mistake: two tasks of a client take from one queue, and overtake one another.
# Caught by: test_keeps_the_order_of_each_sender
# Says: where they are received

import asyncio
import json
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket

broadcast = Broadcast(os.environ.get("REDIS_URL", "redis://localhost:6379"))


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    queue = asyncio.Queue()

    async def listen(subscriber):
        async for event in subscriber:
            data = json.loads(event.message)
            if data["username"] != username:
                try:
                    queue.put_nowait(data)
                except asyncio.QueueFull:
                    pass

    async def pump():
        while True:
            data = await queue.get()
            if len(data["message"]) % 2:
                await asyncio.sleep(0)  # let others go first
            await websocket.send_json(data)

    async with broadcast.subscribe("CHAT") as subscriber:
        tasks = [
            asyncio.create_task(listen(subscriber)),
            asyncio.create_task(pump()),
            asyncio.create_task(pump()),
        ]
        try:
            async for text in websocket.iter_text():
                await broadcast.publish("CHAT", json.dumps({"username": username, "message": text}))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
