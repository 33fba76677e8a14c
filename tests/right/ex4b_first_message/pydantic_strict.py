# In another style: a strict Pydantic model, wait_for, and one try around everything.

import asyncio
from typing import Literal

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ConfigDict, ValidationError

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


class Hello(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    token: Literal["token-ada", "token-grace"]


class Welcome(BaseModel):
    welcome: str


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    await websocket.accept()
    try:
        text = await asyncio.wait_for(websocket.receive_text(), 5)
        hello = Hello.model_validate_json(text)
        await websocket.send_text(Welcome(welcome=USERS[hello.token]).model_dump_json())
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect as end:
        print("left with", end.code)
    except (TimeoutError, KeyError, ValidationError) as error:
        await websocket.close(1008, type(error).__name__)
