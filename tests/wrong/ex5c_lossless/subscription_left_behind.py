# The mistake: each client's subscription is opened and never closed.
# Caught by: test_leaves_nothing_behind
# Says: subscription

import asyncio
import json
import os

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
opened = []
r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))


async def reader(channel, websocket, username):
    while True:
        message = await channel.get_message(ignore_subscribe_messages=True)
        if message is not None:
            data = json.loads(message["data"])
            if data["username"] != username:
                await websocket.send_json(data)
        else:
            await asyncio.sleep(0.05)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    pubsub = r.pubsub()
    await pubsub.subscribe("chat")
    task = asyncio.create_task(reader(pubsub, websocket, username))
    try:
        while True:
            text = await websocket.receive_text()
            await r.publish("chat", json.dumps({"username": username, "message": text}))
    except WebSocketDisconnect:
        pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        opened.append(pubsub)
