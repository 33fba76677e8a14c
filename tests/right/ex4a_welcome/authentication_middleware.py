# In another style: Starlette's AuthenticationMiddleware and @requires.

from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    SimpleUser,
    requires,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


class TokenCookie(AuthenticationBackend):
    async def authenticate(self, conn: HTTPConnection):
        name = USERS.get(conn.cookies.get("token", ""))
        return (AuthCredentials(["known"]), SimpleUser(name)) if name else None


@requires("known")
async def welcome(websocket: WebSocket):
    lang = websocket.query_params.get("lang", "en")
    if lang not in ("en", "es"):
        await websocket.close()
        return
    await websocket.accept()
    hello = "Hello" if lang == "en" else "Hola"
    await websocket.send_text(f"{hello}, {websocket.user.display_name}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = Starlette(
    routes=[WebSocketRoute("/ws", welcome)],
    middleware=[Middleware(AuthenticationMiddleware, backend=TokenCookie())],
)
