# The mistake: the disconnect goes on to the server, whose log has an error for each leaver.
# Caught by: test_leaves_nothing_behind
# Says: the server's error log should be empty

import asyncio
import json
import os
import uuid
from contextlib import asynccontextmanager, suppress

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(_: FastAPI):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = uuid.uuid4().hex
    channel = f"room:{room}"

    async def tell(kind: str, **more: str) -> None:
        event = {"type": kind, "username": username, **more}
        await broadcast.publish(channel, json.dumps({"from": me, "event": event}))

    async def pass_on() -> None:
        with suppress(WebSocketDisconnect):
            async for published in subscriber:
                message = json.loads(published.message)
                if message["from"] != me:
                    await websocket.send_json(message["event"])

    await websocket.accept()
    async with broadcast.subscribe(channel) as subscriber:
        passing_on = asyncio.create_task(pass_on())
        await tell("join")
        try:
            while True:
                await tell("message", message=await websocket.receive_text())
        finally:
            passing_on.cancel()
            await tell("leave")
