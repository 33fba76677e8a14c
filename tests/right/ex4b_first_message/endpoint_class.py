# In another style: Starlette's WebSocketEndpoint class with a timer as an attribute.

import asyncio
import json

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


class Welcome(WebSocketEndpoint):
    user = None
    closing = None

    async def on_connect(self, websocket):
        await websocket.accept()
        self.timer = asyncio.get_running_loop().call_later(5, self.too_late, websocket)

    def too_late(self, websocket):
        self.closing = asyncio.create_task(websocket.close(1008))

    async def on_receive(self, websocket, data):
        if self.closing:
            return
        if self.user:
            await websocket.send_text(data)
            return
        self.timer.cancel()
        try:
            self.user = USERS[json.loads(data)["token"]]
        except (ValueError, TypeError, LookupError):
            self.closing = asyncio.create_task(websocket.close(1008))
        else:
            await websocket.send_json({"welcome": self.user})

    async def decode(self, websocket, message):
        return message.get("text")

    async def on_disconnect(self, websocket, close_code):
        self.timer.cancel()


app = Starlette(routes=[WebSocketRoute("/ws", Welcome)])
