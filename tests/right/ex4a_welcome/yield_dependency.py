# In another style: a yield dependency that keeps a register, HTTPException before accept, StrEnum.

from contextlib import asynccontextmanager
from enum import StrEnum

from fastapi import Cookie, Depends, FastAPI, HTTPException, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.present = {}
    yield
    app.state.present.clear()


app = FastAPI(lifespan=lifespan)


class Lang(StrEnum):
    en = "Hello"
    es = "Hola"

    @classmethod
    def named(cls, lang: str = "en") -> "Lang":
        if lang not in cls.__members__:
            raise HTTPException(403, "lang is en or es")
        return cls[lang]


async def present_user(websocket: WebSocket, token: str = Cookie("")):
    if token not in USERS:
        raise HTTPException(401, "unknown token")
    websocket.app.state.present[websocket] = USERS[token]
    try:
        yield USERS[token]
    finally:
        del websocket.app.state.present[websocket]


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket, lang: Lang = Depends(Lang.named), user: str = Depends(present_user)
):
    await websocket.accept()
    await websocket.send_text(f"{lang}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
