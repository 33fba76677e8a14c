# The mistake: a leave is told only for the close codes 1000 and 1001.
# Caught by: test_says_who_leaves
# Says: a leave is a leave with every close code

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
        except WebSocketDisconnect as end:
            if end.code in (1000, 1001):
                await tell("leave")
        finally:
            passing_on.cancel()
