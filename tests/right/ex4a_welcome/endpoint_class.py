# In another style: Starlette's WebSocketEndpoint class, closing in on_connect.

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


class Welcome(WebSocketEndpoint):
    encoding = "text"
    greetings = {"en": "Hello, %s!", "es": "Hola, %s!"}  # noqa: RUF012

    async def on_connect(self, websocket):
        user = USERS.get(websocket.cookies.get("token", ""))
        greeting = self.greetings.get(websocket.query_params.get("lang", "en"))
        if not user or not greeting:
            await websocket.close(code=1008)
            return
        await websocket.accept()
        await websocket.send_text(greeting % user)

    async def on_receive(self, websocket, data):
        await websocket.send_text(data)


app = Starlette(routes=[WebSocketRoute("/ws", Welcome)])
