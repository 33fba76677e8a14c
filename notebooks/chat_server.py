"""The chat of lesson 06: rooms over a broker, for any number of workers.

uvicorn chat_server:app --app-dir notebooks --port 8000
"""

import asyncio
import json
import os
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
WAITING = 1000  # messages that may wait for a client that reads slowly


class Member:
    """One connection: its id, what waits for it, and whether too much did."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self.queue = asyncio.Queue(WAITING)
        self.too_slow = asyncio.Event()


class Hub:
    """What this worker knows: who is in which room here, and the one ear at the broker."""

    def __init__(self) -> None:
        self.rooms = defaultdict(set)  # room → its members at this worker

    async def listen(self, subscribed: asyncio.Event) -> None:
        """Hand on what the broker says; when it has gone, try again until it is back."""
        while True:
            with suppress(RedisError):
                async with to_broker(tries=0) as redis, redis.pubsub() as pubsub:
                    await pubsub.psubscribe("room:*")
                    async for event in pubsub.listen():
                        subscribed.set()  # the first one confirms the subscription
                        if event["type"] == "pmessage":
                            self.hand_on(event["channel"].removeprefix("room:"), event["data"])
            await asyncio.sleep(0.2)

    def hand_on(self, room: str, data: str) -> None:
        """Give a message to every connection in the room except the one that it came from."""
        sender, _, text = data.partition(" ")
        for member in self.rooms.get(room, ()):
            if member.queue.full():  # it does not read: it has to go, the others need not wait
                member.too_slow.set()
            elif member.id != sender:
                member.queue.put_nowait(text)

    def leave(self, room: str, member: Member) -> None:
        """Take a member out of its room, and keep no empty room."""
        self.rooms[room].discard(member)
        if not self.rooms[room]:
            del self.rooms[room]

    async def say(self, room: str, member: Member, **message: str) -> None:
        """Publish a member's message, with its id in front."""
        await self.redis.publish(f"room:{room}", f"{member.id} {json.dumps(message)}")


def to_broker(tries: int) -> Redis:
    """A client of the broker that tries again so many times, 0.1 s apart, before it raises."""
    retry = Retry(ConstantBackoff(0.1), tries)
    return Redis.from_url(REDIS_URL, decode_responses=True, retry=retry)


hub = Hub()


@asynccontextmanager
async def lifespan(app: FastAPI):
    subscribed = asyncio.Event()
    async with to_broker(tries=20) as hub.redis:  # a restart takes less than these 2 seconds
        listening = asyncio.create_task(hub.listen(subscribed))
        with suppress(TimeoutError):  # without a broker, start all the same
            async with asyncio.timeout(2):
                await subscribed.wait()
        yield
        listening.cancel()
        await asyncio.wait([listening])


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str, username: str = "Anonymous"):
    await websocket.accept()
    member = Member()
    hub.rooms[room].add(member)
    jobs = read(websocket, room, member, username), write(websocket, member), member.too_slow.wait()
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.leave(room, member)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        with suppress(RedisError):  # without a broker, nobody can be told
            await hub.say(room, member, type="leave", username=username)
    if member.too_slow.is_set():
        await refuse(websocket, "you read too slowly")
    for task in done:
        task.result()


async def read(websocket: WebSocket, room: str, member: Member, username: str) -> None:
    """Publish that somebody has come, and then what they say."""
    try:
        await hub.say(room, member, type="join", username=username)
        with suppress(RuntimeError):  # the writer was the first to find that the client is gone
            async for text in websocket.iter_text():
                await hub.say(room, member, type="message", username=username, message=text)
    except RedisError:
        await refuse(websocket, "the broker is away")


async def write(websocket: WebSocket, member: Member) -> None:
    """Send what waits in the member's queue, until its client is gone."""
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.send_text(await member.queue.get())


async def refuse(websocket: WebSocket, reason: str) -> None:
    """Close with 1013; a client that does not read may not read that either: do not wait long."""
    with suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(1):
            await websocket.close(1013, reason)
