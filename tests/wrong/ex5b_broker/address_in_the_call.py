# The mistake: the broker's address is written into the call.
# Caught by: test_passes_a_message_on_to_the_others
# Says: environment variable REDIS_URL

import asyncio
import json
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket

broadcast = Broadcast("redis://localhost:6379")


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
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
                await broadcast.publish("CHAT", json.dumps({"username": username, "message": text}))
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
