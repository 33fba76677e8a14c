# The mistake: `except WebSocketDisconnect` does not catch what a TaskGroup raises.
# Caught by: test_leaves_nothing_behind
# Says: WebSocketDisconnect

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


def user_of(message: dict) -> str | None:
    try:
        return USERS[json.loads(message.get("text"))["token"]]
    except (TypeError, ValueError, LookupError):
        return None


async def echo(websocket: WebSocket) -> None:
    while True:
        await websocket.send_text(await websocket.receive_text())


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        name = user_of(await asyncio.wait_for(websocket.receive(), 5))
    except TimeoutError:
        name = None
    if name is None:
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": name})
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(echo(websocket))
    except WebSocketDisconnect:
        pass
