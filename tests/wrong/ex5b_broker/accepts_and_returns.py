# The mistake: the endpoint returns as soon as it has accepted: that ends the connection.
# Caught by: test_passes_a_message_on_to_the_others
# Says: 1006 is what a client sees

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
    await broadcast.publish("CHAT", json.dumps({"username": username, "message": "I am here"}))
