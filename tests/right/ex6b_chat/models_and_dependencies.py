# In another style: a router, dependencies, Pydantic models, security classes, HTTP 401.

import asyncio
import os
from contextlib import asynccontextmanager
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Path, WebSocket, WebSocketDisconnect
from fastapi.requests import HTTPConnection
from fastapi.security import APIKeyCookie
from pydantic import BaseModel, Field, ValidationError
from redis import asyncio as aioredis
from redis.exceptions import RedisError

USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
cookie = APIKeyCookie(name="token")


class Message(BaseModel):
    type: Literal["message"] = "message"
    username: str
    message: str = Field(max_length=1000)


class Error(BaseModel):
    type: Literal["error"] = "error"
    message: str


class Envelope(BaseModel):
    sender: UUID
    room: str
    content: Message


class Lost(Exception):
    pass


class Broker:
    def __init__(self, url: str) -> None:
        self.redis = aioredis.from_url(url)
        self.queues: dict[UUID, tuple[str, asyncio.Queue]] = {}
        self.there = False

    async def forever(self) -> None:
        delay = 0.25
        while True:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=False) as pubsub:
                    await pubsub.subscribe("chat")
                    async for item in pubsub.listen():
                        self.there, delay = True, 0.25
                        if item["type"] == "message":
                            self.spread(Envelope.model_validate_json(item["data"]))
            except RedisError as error:
                print("lost", error)
            self.there = False
            for _, queue in self.queues.values():
                queue.put_nowait(Lost())
            await asyncio.sleep(delay)
            delay = min(delay * 2, 5)

    def spread(self, envelope: Envelope) -> None:
        for member, (room, queue) in self.queues.items():
            if room == envelope.room and member != envelope.sender:
                queue.put_nowait(envelope.content)

    async def publish(self, envelope: Envelope) -> None:
        await self.redis.publish("chat", envelope.model_dump_json())


broker = Broker(os.environ.get("REDIS_URL", "redis://localhost:6379"))


def get_broker() -> Broker:
    return broker


def user(token: Annotated[str, Depends(cookie)]) -> str:
    if token not in USERS:
        raise HTTPException(401)
    return USERS[token]


def page(connection: HTTPConnection) -> None:
    allowed = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
    if (origin := connection.headers.get("Origin")) and origin not in allowed.split(","):
        raise HTTPException(403)


router = APIRouter(prefix="/rooms", dependencies=[Depends(page)])


@router.websocket("/{room}")
async def chat(
    websocket: WebSocket,
    room: Annotated[str, Path(min_length=1, max_length=32, pattern="^[a-z0-9-]+$")],
    username: Annotated[str, Depends(user)],
    broker: Annotated[Broker, Depends(get_broker)],
) -> None:
    await websocket.accept()
    if not broker.there:
        await websocket.close(1013, "Come back later.")
        return
    me, queue = uuid4(), asyncio.Queue()
    broker.queues[me] = room, queue

    async def write() -> None:
        while True:
            item = await queue.get()
            if isinstance(item, Lost):
                raise item
            await websocket.send_text(item.model_dump_json())

    async def read() -> None:
        while True:
            text = await websocket.receive_text()
            try:
                message = Message(username=username, message=text)
            except ValidationError as error:
                await queue.put(Error(message=str(error)))
                continue
            try:
                await broker.publish(Envelope(sender=me, room=room, content=message))
            except RedisError:
                raise Lost from None

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            group.create_task(read())
    except* WebSocketDisconnect:
        pass
    except* Lost:
        await websocket.close(1013, "Come back later.")
    finally:
        del broker.queues[me]


@asynccontextmanager
async def lifespan(app: FastAPI):
    task = asyncio.create_task(broker.forever())
    yield
    task.cancel()


app = FastAPI(lifespan=lifespan)
app.include_router(router)
