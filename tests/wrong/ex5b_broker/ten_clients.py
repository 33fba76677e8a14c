# The mistake: a worker takes ten clients and no more.
# Caught by: test_reaches_each_client_once_while_others_come_and_go
# Says: There may be any number of them

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
    if len(broadcast._subscribers.get("CHAT", ())) >= 10:
        await websocket.close(1013)
        return

    async def listen(subscriber):
        async for event in subscriber:
            data = json.loads(event.message)
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
