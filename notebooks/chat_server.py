"""The chat of lesson 06: rooms over a broker, for any number of workers.

uvicorn chat_server:app --app-dir notebooks --port 8000
"""

import asyncio
import json
import os
import uuid
from collections import defaultdict
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
WAITING = 1000  # messages that may wait for a client that reads slowly


class Hub:
    """What this worker knows: who is in which room here, and the one ear at the broker."""

    def __init__(self) -> None:
        retry = Retry(ConstantBackoff(0.1), 20)  # a restart takes less than these 2 seconds
        self.redis = Redis.from_url(REDIS_URL, decode_responses=True, retry=retry)
        self.rooms = defaultdict(dict)  # room → id of a connection → its queue
        self.listening = asyncio.Event()

    async def listen(self) -> None:
        """Hand on what the broker says; when it has gone, try again until it is back."""
        while True:
            try:
                async with self.redis.pubsub() as pubsub:
                    await pubsub.psubscribe("room:*")
                    async for event in pubsub.listen():
                        self.listening.set()  # the first one confirms the subscription
                        if event["type"] == "pmessage":
                            self.hand_on(event["channel"].removeprefix("room:"), event["data"])
            except RedisError:
                self.listening.clear()
                await asyncio.sleep(0.2)

    def hand_on(self, room: str, data: str) -> None:
        """Give a message to every connection in the room except the one that it came from."""
        sender, _, text = data.partition(" ")
        for member, queue in list(self.rooms[room].items()):
            if queue.full():  # it does not read: it has to go, the others need not wait for it
                del self.rooms[room][member]
                queue.get_nowait()
                queue.put_nowait(None)
            elif member != sender:
                queue.put_nowait(text)

    async def say(self, room: str, member: str, **message: str) -> None:
        """Publish a message of a connection, with its id in front."""
        await self.redis.publish(f"room:{room}", f"{member} {json.dumps(message)}")


hub = Hub()


@asynccontextmanager
async def lifespan(app: FastAPI):
    listening = asyncio.create_task(hub.listen())
    with suppress(TimeoutError):  # without a broker, start all the same
        async with asyncio.timeout(2):
            await hub.listening.wait()
    yield
    listening.cancel()
    await hub.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str, username: str = "Anonymous"):
    await websocket.accept()
    member, queue = uuid.uuid4().hex, asyncio.Queue(WAITING)
    hub.rooms[room][member] = queue
    writing = asyncio.create_task(write(websocket, queue))
    try:
        await hub.say(room, member, type="join", username=username)
        async for text in websocket.iter_text():
            await hub.say(room, member, type="message", username=username, message=text)
    except RedisError:
        await websocket.close(1013, "the broker is away")
    finally:
        writing.cancel()
        hub.rooms[room].pop(member, None)
        with suppress(RedisError):  # without a broker, nobody can be told
            await hub.say(room, member, type="leave", username=username)


async def write(websocket: WebSocket, queue: asyncio.Queue) -> None:
    """Send what waits in a connection's queue, until None says that it waited too long."""
    while (text := await queue.get()) is not None:
        await websocket.send_text(text)
    await websocket.close(1013, "you read too slowly")
