# The mistake: a list is a queue: each message goes to one worker only.
# Caught by: test_reaches_clients_on_every_worker
# Says: waited for

import asyncio
import json
import os
from contextlib import asynccontextmanager

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket

INBOX = "chat"
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
    task = asyncio.create_task(empty_inbox())
    yield
    task.cancel()
    await connection.aclose()


app = FastAPI(lifespan=lifespan)


async def speak(websocket, username):
    async for text in websocket.iter_text():
        line = json.dumps([username, text])
        await connection.rpush(INBOX, line)


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
