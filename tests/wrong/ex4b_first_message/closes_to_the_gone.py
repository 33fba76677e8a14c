# The mistake: a client that leaves before it speaks is taken for one with a wrong message.
# Caught by: test_leaves_nothing_behind
# Says: WebSocketDisconnect

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()


def user_of(text: str | None) -> str | None:
    """The user whose token a first message holds, if it holds one."""
    try:
        return USERS[json.loads(text)["token"]]
    except (TypeError, ValueError, LookupError):
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(DEADLINE):
            first = await websocket.receive()
    except TimeoutError:
        first = {"type": "nothing"}
    username = user_of(first.get("text"))
    if username is None:
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
