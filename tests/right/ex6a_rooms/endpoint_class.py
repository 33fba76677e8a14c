# In another style: Starlette's WebSocketEndpoint, and redis-py's `run()` with a handler.

import asyncio
import json
import os
import uuid

import redis.asyncio as redis
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute

client = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))


class Rooms(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket):
        self.me = uuid.uuid4().hex
        self.room = "room " + websocket.path_params["room"]
        self.username = websocket.query_params.get("username", "Anonymous")
        self.websocket = websocket
        await websocket.accept()
        self.pubsub = client.pubsub()
        await self.pubsub.subscribe(**{self.room: self.heard})
        self.task = asyncio.create_task(self.pubsub.run(poll_timeout=0.5))
        await self.tell(type="join", username=self.username)

    async def heard(self, published):
        sender, event = json.loads(published["data"])
        if sender != self.me:
            try:
                await self.websocket.send_json(event)
            except Exception as error:
                print("not sent:", error)

    async def tell(self, **event):
        await client.publish(self.room, json.dumps([self.me, event]))

    async def on_receive(self, websocket, data):
        await self.tell(type="message", username=self.username, message=data)

    async def on_disconnect(self, websocket, close_code):
        self.task.cancel()
        await asyncio.wait([self.task])
        await self.pubsub.aclose()
        await self.tell(type="leave", username=self.username)


app = Starlette(routes=[WebSocketRoute("/rooms/{room}", Rooms)])
