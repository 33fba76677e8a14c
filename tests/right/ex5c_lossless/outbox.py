# In another style: an outbox for each client, published one by one over a connection of its own.

import asyncio
import json
import os

import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def publish(connection, outbox):
    while True:
        await connection.publish("chat", json.dumps(await outbox.get()))
        outbox.task_done()


async def listen(pubsub, websocket, username):
    async for message in pubsub.listen():
        if message["type"] == "message":
            event = json.loads(message["data"])
            if event["username"] != username:
                await websocket.send_json(event)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    outbox = asyncio.Queue()
    url = os.environ["REDIS_URL"]
    async with (
        redis.from_url(url, single_connection_client=True) as connection,
        redis.from_url(url).pubsub() as pubsub,
    ):
        await pubsub.subscribe("chat")
        await websocket.accept()
        tasks = [
            asyncio.create_task(publish(connection, outbox)),
            asyncio.create_task(listen(pubsub, websocket, username)),
        ]
        try:
            while True:
                text = await websocket.receive_text()
                outbox.put_nowait({"username": username, "message": text})
        except WebSocketDisconnect:
            await outbox.join()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
