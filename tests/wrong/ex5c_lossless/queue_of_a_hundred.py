# The mistake: a client's queue holds a hundred messages, what comes then is dropped.
# Caught by: test_misses_nothing_when_everybody_talks_over_a_slow_link
# Says: finds a queue full

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from dataclasses import dataclass, field

import redis.asyncio as redis
from fastapi import FastAPI, Query, Request, WebSocket
from pydantic import BaseModel
from starlette.websockets import WebSocketDisconnect

log = logging.getLogger("chat")
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class Event(BaseModel):
    username: str
    message: str


@dataclass(eq=False)
class Member:
    username: str
    inbox: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=100))


class Hub:
    channel = "hub:chat"

    def __init__(self) -> None:
        self.members: set[Member] = set()
        self.outbox: asyncio.Queue[str] = asyncio.Queue()

    @contextlib.asynccontextmanager
    async def running(self):
        self.client = redis.from_url(REDIS_URL)
        self.pubsub = self.client.pubsub(ignore_subscribe_messages=True)
        await self.pubsub.subscribe(self.channel)
        tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._write())]
        try:
            yield self
        finally:
            for t in tasks:
                t.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self.pubsub.aclose()
            await self.client.aclose()

    async def _read(self) -> None:
        while True:
            raw = await self.pubsub.get_message(timeout=0.5)
            if raw is None:
                continue
            event = Event.model_validate_json(raw["data"])
            text = event.model_dump_json()
            for member in self.members:
                if member.username != event.username:
                    with contextlib.suppress(asyncio.QueueFull):
                        member.inbox.put_nowait(text)

    async def _write(self) -> None:
        while True:
            batch = [await self.outbox.get()]
            while not self.outbox.empty():
                batch.append(self.outbox.get_nowait())
            async with self.client.pipeline(transaction=False) as pipe:
                for text in batch:
                    pipe.publish(self.channel, text)
                await pipe.execute()


@contextlib.asynccontextmanager
async def lifespan(app):
    async with Hub().running() as hub:
        yield {"hub": hub}


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def ws(websocket: WebSocket, username: str = Query("Anonymous")) -> None:
    hub: Hub = websocket.state.hub
    member = Member(username)
    hub.members.add(member)

    async def pump() -> None:
        with contextlib.suppress(WebSocketDisconnect, RuntimeError):
            while True:
                await websocket.send_text(await member.inbox.get())

    await websocket.accept()
    task = asyncio.create_task(pump())
    log.info("%s came", username)
    try:
        while True:
            text = await websocket.receive_text()
            hub.outbox.put_nowait(Event(username=username, message=text).model_dump_json())
    except WebSocketDisconnect as error:
        log.info("%s left: %s", username, error.code)
    finally:
        hub.members.discard(member)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
