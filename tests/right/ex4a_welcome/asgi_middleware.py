# In another style: an ASGI middleware of one's own that refuses, around a FastAPI app.

from fastapi import FastAPI, WebSocket
from starlette.requests import HTTPConnection

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

greeter = FastAPI()


@greeter.websocket("/ws")
async def welcome(websocket: WebSocket):
    hello = {"en": "Hello", "es": "Hola"}[websocket.query_params.get("lang", "en")]
    await websocket.accept()
    await websocket.send_text(f"{hello}, {websocket.scope['name']}!")
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is not None:
                await websocket.send_text(message["text"])
    finally:
        print("bye")


class Guard:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "websocket":
            connection = HTTPConnection(scope)
            name = USERS.get(connection.cookies.get("token"))
            lang = connection.query_params.get("lang", "en")
            if name is None or lang not in ("en", "es"):
                await send({"type": "websocket.close", "code": 1008, "reason": "refused"})
                return
            scope = {**scope, "name": name}
        await self.app(scope, receive, send)


app = Guard(greeter)
