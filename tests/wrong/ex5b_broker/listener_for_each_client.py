# The mistake: each client starts a listener that sends to everybody.
# Caught by: test_passes_a_message_on_to_the_others
# Says: twice

import asyncio
import json
import os

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket

connection = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))
app = FastAPI()
clients: dict[WebSocket, str] = {}


async def listen():
    async with connection.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe("CHAT")
        async for message in pubsub.listen():
            event = json.loads(message["data"])
            others = [ws for ws, name in clients.items() if name != event["username"]]
            await asyncio.gather(*(ws.send_json(event) for ws in others), return_exceptions=True)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    clients[websocket] = username
    listening = asyncio.create_task(listen())
    try:
        async for text in websocket.iter_text():
            event = {"username": username, "message": text}
            await connection.publish("CHAT", json.dumps(event))
    finally:
        del clients[websocket]
        listening.cancel()
