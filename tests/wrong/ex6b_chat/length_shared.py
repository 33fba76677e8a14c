# The mistake: the length is kept in a variable of all connections.
# Caught by: test_limits_messages_to_1000_characters
# Says: Two clients of one worker spoke at one moment

"""One supervised pubsub for the worker; the clients are closed when it breaks."""

import asyncio
import json
import os
import re
import uuid
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status
from redis.backoff import NoBackoff
from redis.asyncio.retry import Retry

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
CHANNEL_PREFIX = "chat6b:"


class Broker:
    def __init__(self):
        self.members = {}  # id -> (room, queue)
        self.up = False
        self.task = None
        self.client = None

    def make(self):
        return redis.from_url(
            REDIS_URL,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
            socket_connect_timeout=1,
            socket_timeout=2,
        )

    async def start(self):
        self.client = self.make()
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.run())
        try:
            await asyncio.wait_for(self.ready.wait(), 2)
        except asyncio.TimeoutError:
            pass

    async def stop(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)
        await self.client.aclose()

    async def run(self):
        while True:
            client = self.make()
            pubsub = client.pubsub()
            try:
                await pubsub.psubscribe(CHANNEL_PREFIX + "*")
                pinged = asyncio.get_running_loop().time()
                while True:
                    message = await pubsub.get_message(timeout=0.5)
                    if message and message["type"] == "psubscribe":
                        self.up = True
                        self.ready.set()
                    elif message and message["type"] == "pmessage":
                        self.dispatch(message)
                    now = asyncio.get_running_loop().time()
                    if now - pinged > 1:
                        await asyncio.wait_for(self.client.ping(), 2)
                        pinged = now
            except (redis.RedisError, OSError, asyncio.TimeoutError):
                pass
            finally:
                self.up = False
                for room, queue in self.members.values():
                    queue.put_nowait(None)
                try:
                    await pubsub.aclose()
                    await client.aclose()
                except Exception:
                    pass
            await asyncio.sleep(0.3)

    def dispatch(self, message):
        room = message["channel"][len(CHANNEL_PREFIX) :]
        sender, event = json.loads(message["data"])
        for key, (r, queue) in self.members.items():
            if r == room and key != sender:
                queue.put_nowait(event)

    async def publish(self, room, sender, event):
        await self.client.publish(CHANNEL_PREFIX + room, json.dumps([sender, event]))


broker = Broker()


@asynccontextmanager
async def lifespan(app: FastAPI):
    await broker.start()
    yield
    await broker.stop()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    origin = websocket.headers.get("origin")
    name = USERS.get(websocket.cookies.get("token", ""))
    if (
        not re.fullmatch(r"[a-z0-9-]{1,32}", room)
        or name is None
        or (origin is not None and origin not in ALLOWED_ORIGINS.split(","))
    ):
        raise WebSocketException(code=status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    if not broker.up:
        await websocket.close(1013)
        return
    key = uuid.uuid4().hex
    queue = asyncio.Queue()
    broker.members[key] = (room, queue)

    async def reader():
        while True:
            text = await websocket.receive_text()
            broker.too_long = len(text) > 1000
            await asyncio.sleep(0)
            if broker.too_long:
                await websocket.send_json({"type": "error", "message": "too long"})
            else:
                await broker.publish(
                    room, key, {"type": "message", "username": name, "message": text}
                )

    async def writer():
        while (event := await queue.get()) is not None:
            await websocket.send_json(event)

    tasks = [asyncio.create_task(reader()), asyncio.create_task(writer())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for t in done:
            t.result()
        await websocket.close(1013)
    except (WebSocketDisconnect, RuntimeError):
        pass
    except (redis.RedisError, OSError):
        try:
            await websocket.close(1013)
        except (RuntimeError, WebSocketDisconnect):
            pass
    finally:
        broker.members.pop(key, None)
        for t in tasks:
            t.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
