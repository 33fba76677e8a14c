"""Exercise 6b. A chat that you would put online.

Write the endpoint `/rooms/{room}`, over the broker at `REDIS_URL`. The cookie `token` says who is
there: `USERS` has the name. A text message goes to every other connection in the room, on every
worker, once, as JSON with exactly these keys; the same user may be connected twice:

    Ada    opens /rooms/tea with the cookie token=token-ada; Grace is there, on another worker
    Ada    "Hello!"
    Grace  {"type": "message", "username": "Ada", "message": "Hello!"}

Refuse with HTTP 403 (or 401), so that no connection opens: a room that does not match
`^[a-z0-9-]{1,32}$`; a missing or unknown token; an `Origin` that is sent and is not, compared
whole, one of `ALLOWED_ORIGINS` (one text, separated by commas).

A message of more than 1,000 characters (not bytes) goes to nobody. Its sender alone is answered,
in words of your choice, and stays connected:

    Ada    a text of 1,001 characters
    Ada    {"type": "error", "message": "At most 1,000 characters, please."}

When the broker is lost, close all connected clients with 1013 within 5 s. While it is away, accept
new clients and close them with 1013. When it is back, or when only a connection to it broke, new
clients chat again within 10 s, without a restart of the server, however often that happens. A
client may leave at any time; nothing of it stays, and the error log stays empty.
"""

import asyncio
import json
import os
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated

from fastapi import (
    Cookie,
    Depends,
    FastAPI,
    Header,
    Path,
    WebSocket,
    WebSocketDisconnect,
    WebSocketException,
    status,
)
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError
from starlette.websockets import WebSocketState

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
LONGEST = 1_000  # characters of a message
BACKLOG = 256  # messages that may wait for a client that reads slowly


class Member:
    """One connection: what waits to be sent on it, and whether it is over."""

    def __init__(self, websocket: WebSocket) -> None:
        self.id = uuid.uuid4().hex
        self.websocket = websocket
        self.outbox: asyncio.Queue[str] = asyncio.Queue(BACKLOG)
        self.over = asyncio.Event()

    def tell(self, text: str) -> None:
        try:
            self.outbox.put_nowait(text)
        except asyncio.QueueFull:  # it does not read: the others do not wait for it
            self.over.set()

    async def write(self) -> None:
        with suppress(WebSocketDisconnect):  # the reader is told of it too
            while True:
                await self.websocket.send_text(await self.outbox.get())


class Hub:
    """The members on this worker, and its one connection that listens to the broker."""

    def __init__(self) -> None:
        # However many members speak at once, they take turns at a few connections.
        pool = BlockingConnectionPool.from_url(
            REDIS_URL, max_connections=10, socket_connect_timeout=2
        )
        self.redis = Redis(connection_pool=pool)
        self.rooms: defaultdict[str, set[Member]] = defaultdict(set)
        self.up = self.heard = False
        self.tried = asyncio.Event()  # whether it is up is known from then on

    async def run(self) -> None:
        """Listen to the broker; whenever it is lost, end the members and try again."""
        while True:
            try:
                async with self.redis.pubsub() as pubsub, asyncio.TaskGroup() as group:
                    # One pattern for all rooms: nothing to keep in step as members come and go.
                    await pubsub.psubscribe("room:*")
                    group.create_task(self.listen(pubsub))
                    group.create_task(self.ping(pubsub))
            except* (RedisError, OSError):
                pass
            finally:
                self.up = False
                self.tried.set()
                for member in set().union(*self.rooms.values()):
                    member.over.set()
            await asyncio.sleep(0.5)

    async def listen(self, pubsub: PubSub) -> None:
        async for event in pubsub.listen():
            self.up = self.heard = True  # its first word confirms the subscription
            self.tried.set()
            if event["type"] == "pmessage":
                room = event["channel"].decode().removeprefix("room:")
                sender, _, text = event["data"].decode().partition(" ")
                for member in self.rooms.get(room, ()):
                    if member.id != sender:
                        member.tell(text)

    async def ping(self, pubsub: PubSub) -> None:
        """A dead link need not be a closed one: it is lost when three pings go unanswered."""
        unanswered = 0
        while unanswered < 3:
            self.heard = False
            await pubsub.ping()
            await asyncio.sleep(1)
            unanswered = 0 if self.heard else unanswered + 1
        raise ConnectionError("The broker does not answer.")

    async def read(self, member: Member, room: str, username: str) -> None:
        with suppress(RedisError):  # then the broker is lost, and the member's time is over
            while (text := (await member.websocket.receive()).get("text")) is not None:
                if len(text) > LONGEST:
                    told = f"At most {LONGEST:,} characters, please."
                    member.tell(json.dumps({"type": "error", "message": told}))
                else:
                    event = {"type": "message", "username": username, "message": text}
                    await self.redis.publish(f"room:{room}", f"{member.id} {json.dumps(event)}")

    async def serve(self, member: Member, room: str, username: str) -> None:
        """Let a member chat until it leaves, or sends what is no text, or is over."""
        self.rooms[room].add(member)
        work = self.read(member, room, username), member.write(), member.over.wait()
        tasks = [asyncio.create_task(coroutine) for coroutine in work]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.rooms[room].remove(member)
            if not self.rooms[room]:
                del self.rooms[room]
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in done:
            task.result()


hub = Hub()


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    running = asyncio.create_task(hub.run())
    await hub.tried.wait()
    yield
    running.cancel()
    await asyncio.wait([running])
    await hub.redis.aclose()


app = FastAPI(lifespan=lifespan)


async def own_page(origin: Annotated[str | None, Header()] = None) -> None:
    if origin is not None and origin not in ALLOWED_ORIGINS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


@app.websocket("/rooms/{room}", dependencies=[Depends(own_page)])
async def chat(
    websocket: WebSocket,
    room: Annotated[str, Path(pattern="^[a-z0-9-]{1,32}$")],
    username: Annotated[str, Depends(known_user)],
) -> None:
    await websocket.accept()
    if hub.up:
        await hub.serve(Member(websocket), room, username)
    if websocket.client_state is WebSocketState.CONNECTED:
        # A client that does not read would not read the close frame either.
        with suppress(WebSocketDisconnect, TimeoutError):
            async with asyncio.timeout(1):
                await websocket.close(status.WS_1013_TRY_AGAIN_LATER)
