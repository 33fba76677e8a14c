# In another style: anyio's move_on_after and plain Starlette.

import json

import anyio
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


async def welcome(websocket: WebSocket):
    await websocket.accept()
    name, text = None, None
    try:
        with anyio.move_on_after(5):
            text = await websocket.receive_text()
        name = USERS[json.loads(text)["token"]]
    except WebSocketDisconnect:
        return
    except (TypeError, ValueError, KeyError):
        pass
    if not name:
        await websocket.close(code=1008, reason="who are you?")
        return
    await websocket.send_json({"welcome": name}, mode="text")
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    finally:
        print(name, "left")


app = Starlette(routes=[WebSocketRoute("/ws", welcome)])
