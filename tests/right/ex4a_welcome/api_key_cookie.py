# In another style: a security class: HTTP 401 where the cookie is missing, 403 where it is unknown.

from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Query, WebSocket
from fastapi.security import APIKeyCookie

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()
cookie = APIKeyCookie(name="token")


async def current_user(token: Annotated[str, Depends(cookie)]) -> str:
    try:
        return USERS[token]
    except KeyError:
        raise HTTPException(status_code=403, detail="unknown token") from None


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket,
    user: Annotated[str, Depends(current_user)],
    lang: Annotated[str, Query(pattern="^(en|es)$")] = "en",
):
    await websocket.accept()
    await websocket.send_text(("Hola" if lang == "es" else "Hello") + ", " + user + "!")
    async for message in websocket.iter_text():
        await websocket.send_text(message)
