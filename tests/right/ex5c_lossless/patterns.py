# In another style: PSUBSCRIBE, the name in the channel, a connection to the broker for each client.

import asyncio
import os
from contextlib import suppress

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    async with (
        redis.from_url(os.environ["REDIS_URL"], decode_responses=True) as connection,
        connection.pubsub() as pubsub,
    ):
        await pubsub.psubscribe("says:*")
        listening = asyncio.create_task(listen(websocket, pubsub, username))
        try:
            async for text in websocket.iter_text():
                await connection.publish(f"says:{username}", text)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect):
                await listening


async def listen(websocket, pubsub, username):
    while True:
        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=30)
        if message is None:
            continue
        sender = message["channel"].removeprefix("says:")
        if sender != username:
            await websocket.send_json({"username": sender, "message": message["data"]})
