# In another style: a Starlette function with raw receive(), closing before accept.

import logging

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
log = logging.getLogger("welcome")


async def welcome(websocket: WebSocket):
    try:
        user = USERS[websocket.cookies["token"]]
        hello = {"en": "Hello", "es": "Hola"}[websocket.query_params.get("lang", "en")]
    except KeyError as missing:
        log.warning("refused: %s", missing)
        print("refused", websocket.client)
        return await websocket.close(1008, reason="policy violation")
    await websocket.accept()
    await websocket.send({"type": "websocket.send", "text": f"{hello}, {user}!"})
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        log.info("%s left", user)
    return None


app = Starlette(routes=[WebSocketRoute("/ws", welcome)])
