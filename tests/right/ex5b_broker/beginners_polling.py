# In another style: messages are asked for every 10 ms.

import asyncio
import json
import os

from fastapi import FastAPI, WebSocket
from redis import asyncio as aioredis

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    print("connected", username)
    redis = aioredis.from_url(REDIS_URL)
    pubsub = redis.pubsub()
    await pubsub.subscribe("CHAT")
    receive_task = asyncio.create_task(websocket.receive())
    try:
        while True:
            message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=0.01)
            if message is not None:
                data = json.loads(message["data"])
                if data["username"] != username:
                    try:
                        await websocket.send_text(json.dumps(data))
                    except Exception as e:
                        print("could not send", e)
            if receive_task.done():
                event = receive_task.result()
                if event["type"] == "websocket.disconnect":
                    break
                await redis.publish(
                    "CHAT", json.dumps({"username": username, "message": event["text"]})
                )
                receive_task = asyncio.create_task(websocket.receive())
            await asyncio.sleep(0.01)
    finally:
        receive_task.cancel()
        await pubsub.unsubscribe("CHAT")
        await pubsub.aclose()
        await redis.aclose()
        print("disconnected", username)
