# In another style: Starlette's WebSocketEndpoint class with broadcaster.

import asyncio
import json
import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect


class Chat(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket):
        self.name = websocket.query_params.get("username", "Anonymous")
        await websocket.accept()
        self.task = asyncio.create_task(self.listen(websocket))

    async def on_receive(self, websocket, data):
        await websocket.app.state.broadcast.publish("chat", json.dumps([self.name, data]))

    async def on_disconnect(self, websocket, close_code):
        self.task.cancel()

    async def listen(self, websocket):
        try:
            async with websocket.app.state.broadcast.subscribe("chat") as events:
                while True:
                    username, message = json.loads((await events.get()).message)
                    if username != self.name:
                        await websocket.send_json({"username": username, "message": message})
        except WebSocketDisconnect:
            pass


@asynccontextmanager
async def lifespan(app):
    async with Broadcast(os.environ.get("REDIS_URL", "redis://localhost:6379")) as broadcast:
        app.state.broadcast = broadcast
        yield


app = Starlette(routes=[WebSocketRoute("/ws", Chat)], lifespan=lifespan)
