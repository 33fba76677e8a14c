# In another style: redis.asyncio with a subscription for each connection, in a TaskGroup.

import asyncio
import os

import redis.asyncio as redis
from fastapi import FastAPI, Query, WebSocket, WebSocketDisconnect
from pydantic import BaseModel


class Line(BaseModel):
    username: str
    message: str


connection = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
app = FastAPI()


async def speak(websocket, username):
    while True:
        line = Line(username=username, message=await websocket.receive_text())
        await connection.publish("chat", line.model_dump_json())


async def listen(websocket, username):
    async with connection.pubsub(ignore_subscribe_messages=True) as pubsub:
        await pubsub.subscribe("chat")
        async for message in pubsub.listen():
            line = Line.model_validate_json(message["data"])
            if line.username != username:
                await websocket.send_text(line.model_dump_json(indent=1))


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = Query(default="Anonymous")):
    await websocket.accept()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(speak(websocket, username))
            group.create_task(listen(websocket, username))
    except* WebSocketDisconnect:
        pass
