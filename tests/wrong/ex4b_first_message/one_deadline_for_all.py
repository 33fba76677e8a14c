# The mistake: the deadline counts from the first client on instead of from each.
# Caught by: test_closes_who_says_nothing_in_time
# Says: Every client has 5 seconds of its own

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()
opened: list[float] = []


def user_of(text: str | None) -> str | None:
    """The user whose token a first message holds, if it holds one."""
    try:
        return USERS[json.loads(text)["token"]]
    except (TypeError, ValueError, LookupError):
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    opened.append(asyncio.get_running_loop().time())
    try:
        async with asyncio.timeout_at(opened[0] + DEADLINE):
            first = await websocket.receive()
    except TimeoutError:
        first = {"type": "nothing"}
    if first["type"] == "websocket.disconnect":
        return
    username = user_of(first.get("text"))
    if username is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
