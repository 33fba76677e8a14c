# The mistake: whatever equals an earlier message is taken for a duplicate.
# Caught by: test_reaches_clients_on_every_worker
# Says: two equal texts are two messages

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

    async def listen(subscriber):
        seen = set()
        async for event in subscriber:
            data = json.loads(event.message)
            if event.message in seen:
                continue
            seen.add(event.message)
            if data["username"] != username:
                await websocket.send_json(data)

    async with broadcast.subscribe("CHAT") as subscriber:
        task = asyncio.create_task(listen(subscriber))
        try:
            async for text in websocket.iter_text():
                await broadcast.publish("CHAT", json.dumps({"username": username, "message": text}))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
