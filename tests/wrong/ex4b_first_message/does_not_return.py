# The mistake: after the deadline it closes the connection and waits for something else.
# Caught by: test_leaves_nothing_behind
# Says: The endpoint closed the connection, and did not return

import asyncio
import json
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

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
        await websocket.close(status.WS_1008_POLICY_VIOLATION)
        await asyncio.Event().wait()
    if first["type"] == "websocket.disconnect":
        return
    username = user_of(first.get("text"))
    if username is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    with suppress(WebSocketDisconnect):
        await websocket.send_json({"welcome": username})
        async for text in websocket.iter_text():
            await websocket.send_text(text)
