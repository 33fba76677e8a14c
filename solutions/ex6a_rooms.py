"""Exercise 6a. Rooms.

Write the endpoint `/rooms/{room}`, a chat with a room for every name. The query parameter
`username` says who comes, `Anonymous` by default. Several workers serve the same rooms; the broker
at `REDIS_URL` is all that they share. Every other connection in the room, on every worker, gets a
JSON message with exactly these keys, once, when somebody comes, speaks or goes:

    Ada    opens /rooms/tea?username=Ada, while Grace is there, on another worker
    Grace  {"type": "join", "username": "Ada"}
    Ada    "Hello!"
    Grace  {"type": "message", "username": "Ada", "message": "Hello!"}
    Ada    leaves
    Grace  {"type": "leave", "username": "Ada"}

Nobody hears of what they do themselves, nor of what was before they came. Two connections of one
name are two members, who hear each other. Rooms never hear each other, however alike their names
are. A member may leave at any time, politely or not; the others are told, and nothing of it stays:
no task, no subscription, no connection to the broker.
"""

import asyncio
import json
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    me = uuid.uuid4().hex  # a name may be shared, and each worker would count from 1
    channel = f"room:{room}"

    async def tell(kind: str, **more: str) -> None:
        event = {"type": kind, "username": username, **more}
        await broadcast.publish(channel, json.dumps({"from": me, "event": event}))

    async def pass_on() -> None:
        with suppress(WebSocketDisconnect):  # the loop below is told of it too
            async for published in subscriber:
                message = json.loads(published.message)
                if message["from"] != me:
                    await websocket.send_json(message["event"])

    await websocket.accept()
    # One subscription as long as the connection lasts: between two nothing would be heard.
    async with broadcast.subscribe(channel) as subscriber:
        passing_on = asyncio.create_task(pass_on())
        await tell("join")
        try:
            async for text in websocket.iter_text():
                await tell("message", message=text)
        finally:
            passing_on.cancel()
            await tell("leave")
