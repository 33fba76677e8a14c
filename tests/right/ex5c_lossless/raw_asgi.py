# In another style: raw ASGI, with a handler called by redis-py's own loop.

import asyncio
import json
import os
from urllib.parse import parse_qsl

import redis.asyncio as redis


class App:
    def __init__(self):
        self.everybody = {}

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await self.live(receive, send)
        elif scope["path"] == "/ws":
            query = dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True))
            await self.chat(query.get("username", "Anonymous"), receive, send)

    async def live(self, receive, send):
        await receive()
        self.redis = redis.from_url(os.environ["REDIS_URL"])
        self.pubsub = self.redis.pubsub()
        await self.pubsub.subscribe(chat=self.deliver)
        task = asyncio.create_task(self.pubsub.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        task.cancel()
        await send({"type": "lifespan.shutdown.complete"})

    async def deliver(self, message):
        event = json.loads(message["data"])
        for send, username in [*self.everybody.values()]:
            if username != event["username"]:
                try:
                    await send({"type": "websocket.send", "text": message["data"].decode()})
                except OSError:
                    pass

    async def chat(self, username, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        key = object()
        self.everybody[key] = send, username
        try:
            while "text" in (event := await receive()):
                line = {"username": username, "message": event["text"]}
                await self.redis.publish("chat", json.dumps(line))
        finally:
            del self.everybody[key]


app = App()
