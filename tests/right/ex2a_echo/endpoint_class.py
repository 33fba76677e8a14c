# In another style: Starlette's class for endpoints; the number belongs to its instance.

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


class Echo(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket: WebSocket) -> None:
        await websocket.accept()
        self.number = 0

    async def on_receive(self, websocket: WebSocket, data: str) -> None:
        self.number += 1
        await websocket.send_text(str(self.number) + ": " + data)

    async def on_disconnect(self, websocket: WebSocket, close_code: int) -> None:
        print("gone with", close_code)


app = Starlette(routes=[WebSocketRoute("/ws", Echo)])
