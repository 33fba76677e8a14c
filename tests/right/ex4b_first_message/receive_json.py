# In another style: receive_json() with each of its exceptions, in a dependency.

import asyncio
from json import JSONDecodeError
from typing import Annotated

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


async def user(websocket: WebSocket) -> str | None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            message = await websocket.receive_json()
    except WebSocketDisconnect:
        return None
    except (TimeoutError, JSONDecodeError, KeyError) as error:
        raise WebSocketException(1008, "no token") from error
    token = message.get("token") if isinstance(message, dict) else None
    if not isinstance(token, str) or token not in USERS:
        raise WebSocketException(1008, "unknown token")
    return USERS[token]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: Annotated[str | None, Depends(user)]):
    if user is None:
        return
    await websocket.send_json({"welcome": user})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
