# In another style: Starlette's WebSocketEndpoint class and a plain Starlette app.

from typing import ClassVar

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect


class Room(WebSocketEndpoint):
    encoding = "text"
    members: ClassVar[list[WebSocket]] = []

    async def on_connect(self, websocket):
        await websocket.accept()
        self.members.append(websocket)

    async def on_receive(self, websocket, data):
        username = websocket.query_params.get("username", "Anonymous")
        for member in self.members.copy():
            if member is websocket:
                continue
            try:
                await member.send_json({"username": username, "message": data})
            except (WebSocketDisconnect, RuntimeError):
                print("somebody died")

    async def on_disconnect(self, websocket, close_code):
        self.members.remove(websocket)


app = Starlette(routes=[WebSocketRoute("/ws", Room)])
