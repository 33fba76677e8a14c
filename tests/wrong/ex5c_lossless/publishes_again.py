# The mistake: what the broker has not answered within 20 ms is published again.
# Caught by: test_misses_nothing_when_two_speak_at_one_moment
# Says: something published again that waits for its answer

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
        async for event in subscriber:
            data = json.loads(event.message)
            if data["username"] != username:
                await websocket.send_json(data)

    async with broadcast.subscribe("CHAT") as subscriber:
        task = asyncio.create_task(listen(subscriber))
        try:
            async for text in websocket.iter_text():
                line = json.dumps({"username": username, "message": text})
                for _ in range(5):
                    job = asyncio.ensure_future(broadcast.publish("CHAT", line))
                    done, _pending = await asyncio.wait([job], timeout=0.02)
                    if done:
                        job.result()
                        break
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
