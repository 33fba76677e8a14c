# The mistake: what has no higher number than the name's last is dropped; each connection counts by itself.
# Caught by: test_reaches_the_other_names_on_every_worker
# Says: have nothing to do with one another

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
    n = 0

    async def listen(subscriber):
        newest = {}
        async for event in subscriber:
            data = json.loads(event.message)
            n = data.pop("n")
            if n <= newest.get(data["username"], 0):
                continue  # had it already
            newest[data["username"]] = n
            if data["username"] != username:
                await websocket.send_json(data)

    async with broadcast.subscribe("CHAT") as subscriber:
        task = asyncio.create_task(listen(subscriber))
        try:
            async for text in websocket.iter_text():
                n += 1
                await broadcast.publish(
                    "CHAT", json.dumps({"username": username, "message": text, "n": n})
                )
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
