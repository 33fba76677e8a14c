# The mistake: the task that passes on takes each event for a message; it ends at the first join.
# Caught by: test_carries_messages_to_the_others_in_the_room
# Says: had ended with KeyError: 'message'

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
                    print(f"{username} hears {message['event']['message']}")
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
