# In another style: the application is a class: an endpoint of Starlette.

from starlette.endpoints import WebSocketEndpoint
from starlette.websockets import WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


class Welcome(WebSocketEndpoint):
    """Starlette: "an ASGI application that presents a wrapper around a WebSocket instance"."""

    encoding = "text"

    async def dispatch(self):
        try:
            await super().dispatch()
        except WebSocketDisconnect:
            pass

    async def on_connect(self, websocket):
        name = USERS.get(websocket.cookies.get("token"))
        word = {"en": "Hello", "es": "Hola"}.get(websocket.query_params.get("lang", "en"))
        if name is None or word is None or websocket.url.path != "/ws":
            await websocket.close(1008)
            return
        await websocket.accept()
        await websocket.send_text(f"{word}, {name}!")

    async def on_receive(self, websocket, data):
        await websocket.send_text(data)


app = Welcome
