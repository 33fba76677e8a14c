# The mistake: each connection listens, and passes on to all members of the worker.
# Caught by: test_carries_messages_to_the_others_in_the_room
# Says: members hear everything several times

import asyncio
import json
import os
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

broadcast = Broadcast(REDIS_URL)
members: dict[str, dict[str, WebSocket]] = defaultdict(dict)


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
                for member, other in list(members[room].items()):
                    if message["from"] != member:
                        await other.send_json(message["event"])

    await websocket.accept()
    members[room][me] = websocket
    async with broadcast.subscribe(channel) as subscriber:
        passing_on = asyncio.create_task(pass_on())
        await tell("join")
        try:
            async for text in websocket.iter_text():
                await tell("message", message=text)
        finally:
            passing_on.cancel()
            del members[room][me]
            await tell("leave")
