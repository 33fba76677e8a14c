# The mistake: whoever leaves cancels the task that publishes for all of the worker.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: nothing that others wait for

"""One publisher task per worker with a queue; it is started by need, and whoever leaves ends it."""

import asyncio
import json
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket

broadcast = Broadcast(os.environ.get("REDIS_URL", "redis://localhost:6379"))
said = asyncio.Queue()
publisher = None


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


async def publish():
    while True:
        await broadcast.publish("CHAT", await said.get())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    global publisher
    await websocket.accept()

    async def listen(subscriber):
        async for event in subscriber:
            data = json.loads(event.message)
            if data["username"] != username:
                await websocket.send_json(data)

    async with broadcast.subscribe("CHAT") as subscriber:
        task = asyncio.create_task(listen(subscriber))
        try:
            async for text in websocket.iter_text():
                said.put_nowait(json.dumps({"username": username, "message": text}))
                if publisher is None or publisher.done():
                    publisher = asyncio.create_task(publish())
        finally:
            task.cancel()
            if publisher:
                publisher.cancel()
            await asyncio.gather(task, return_exceptions=True)
            if not said.empty():
                publisher = asyncio.create_task(publish())
