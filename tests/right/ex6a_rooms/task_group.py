# In another style: a TaskGroup that the end of the connection cancels; subscribed before accept.

import asyncio
import os
from contextlib import asynccontextmanager
from uuid import uuid4

from broadcaster import Broadcast
from fastapi import APIRouter, FastAPI, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel


class Gone(Exception):
    pass


class Event(BaseModel):
    type: str
    username: str
    message: str | None = None


class Envelope(BaseModel):
    sender: str
    event: Event


broadcast = Broadcast(os.getenv("REDIS_URL", "redis://localhost:6379"))
router = APIRouter(prefix="/rooms")


async def listen(websocket, subscriber, member):
    async for published in subscriber:
        envelope = Envelope.model_validate_json(published.message)
        if envelope.sender != member:
            await websocket.send_text(envelope.event.model_dump_json(exclude_none=True))


async def talk(websocket, say):
    while True:
        data = await websocket.receive()
        if data["type"] == "websocket.disconnect":
            raise Gone
        await say("message", data["text"])


@router.websocket("/{room}")
async def rooms(*, websocket: WebSocket, room: str, username: str = Query("Anonymous")):
    member = str(uuid4())

    async def say(kind, text=None):
        event = Event(type=kind, username=username, message=text)
        envelope = Envelope(sender=member, event=event)
        await broadcast.publish("rooms/" + room, envelope.model_dump_json())

    await say("join")
    try:
        async with broadcast.subscribe("rooms/" + room) as subscriber:
            await websocket.accept()
            async with asyncio.TaskGroup() as group:
                group.create_task(listen(websocket, subscriber, member))
                group.create_task(talk(websocket, say))
    except* (Gone, WebSocketDisconnect):
        pass
    finally:
        await say("leave")


@asynccontextmanager
async def lifespan(app):
    async with broadcast:
        yield


app = FastAPI(lifespan=lifespan)
app.include_router(router)
