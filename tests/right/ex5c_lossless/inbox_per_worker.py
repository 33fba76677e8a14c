# In another style: a list in Redis for each worker, emptied with BLPOP.

import asyncio
import json
import os
import secrets
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket

INBOX = f"inbox:{secrets.token_hex(8)}"
connection = redis.from_url(os.environ["REDIS_URL"])
clients: list[tuple[str, asyncio.Queue]] = []


async def empty_inbox():
    while True:
        _, data = await connection.blpop(INBOX)
        sender, text = json.loads(data)
        for name, queue in clients:
            if name != sender:
                queue.put_nowait({"username": sender, "message": text})


@asynccontextmanager
async def lifespan(app):
    await connection.sadd("inboxes", INBOX)
    task = asyncio.create_task(empty_inbox())
    yield
    task.cancel()
    await connection.srem("inboxes", INBOX)
    await connection.aclose()


app = FastAPI(lifespan=lifespan)


async def speak(websocket, username):
    async for text in websocket.iter_text():
        line = json.dumps([username, text])
        inboxes = await connection.smembers("inboxes")
        async with connection.pipeline() as pipeline:
            for inbox in inboxes:
                pipeline.rpush(inbox, line)
            await pipeline.execute()


async def hear(websocket, queue):
    while True:
        await websocket.send_json(await queue.get())


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    mine = username, asyncio.Queue()
    clients.append(mine)
    speaking = asyncio.create_task(speak(websocket, username))
    hearing = asyncio.create_task(hear(websocket, mine[1]))
    try:
        await asyncio.wait([speaking, hearing], return_when=asyncio.FIRST_COMPLETED)
    finally:
        clients.remove(mine)
        speaking.cancel()
        hearing.cancel()
        await asyncio.gather(speaking, hearing, return_exceptions=True)
