# In another style: Pydantic models for cookies and query, an APIRouter, a class as dependency.

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Cookie, Depends, FastAPI, Query, WebSocket
from pydantic import BaseModel, field_validator

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


class Cookies(BaseModel):
    token: str

    @field_validator("token")
    @classmethod
    def known(cls, token: str) -> str:
        if token not in USERS:
            raise ValueError("unknown token")
        return token


class Parameters(BaseModel):
    lang: Literal["en", "es"] = "en"


@dataclass
class Guest:
    cookies: Annotated[Cookies, Cookie()]
    parameters: Annotated[Parameters, Query()]

    def greeting(self) -> str:
        hello = {"en": "Hello", "es": "Hola"}[self.parameters.lang]
        return f"{hello}, {USERS[self.cookies.token]}!"


router = APIRouter(prefix="/ws")


@router.websocket("")
async def welcome(websocket: WebSocket, guest: Annotated[Guest, Depends()]):
    await websocket.accept()
    await websocket.send_text(guest.greeting())
    async for text in websocket.iter_text():
        await websocket.send_text(text)


app = FastAPI()
app.include_router(router)
