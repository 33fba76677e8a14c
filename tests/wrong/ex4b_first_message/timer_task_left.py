# The mistake: the task of the deadline goes on when the client has left.
# Caught by: test_leaves_nothing_behind
# Says: `say_goodbye`

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


def user_of(text: str | None) -> str | None:
    try:
        return USERS[json.loads(text)["token"]]
    except (TypeError, ValueError, LookupError):
        return None


async def say_goodbye(websocket: WebSocket) -> None:
    await asyncio.sleep(5)
    await websocket.close(1008)


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    deadline = asyncio.create_task(say_goodbye(websocket))
    first = await websocket.receive()
    if first["type"] == "websocket.disconnect":
        return
    deadline.cancel()
    username = user_of(first.get("text"))
    if username is None:
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
