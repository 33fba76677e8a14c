# The mistake: the task that listens takes the event for its message, and ends with a TypeError.
# Caught by: test_passes_a_message_on_to_the_others
# Says: has ended with an error

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
async def chat(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()

    async def listen() -> None:
        async with broadcast.subscribe("CHAT") as subscriber:
            async for event in subscriber:
                if event["username"] != username:
                    await websocket.send_json(event)

    listener = asyncio.create_task(listen())
    try:
        async for text in websocket.iter_text():
            await broadcast.publish("CHAT", json.dumps({"username": username, "message": text}))
    finally:
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
