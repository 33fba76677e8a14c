# The mistake: whoever says nothing for a quarter of an hour is closed.
# Caught by: test_sets_no_deadline_after_the_welcome
# Says: The deadline is for the first message only

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
        first = {"type": "nothing"}
    if first["type"] == "websocket.disconnect":
        return
    username = user_of(first.get("text"))
    if username is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    with suppress(WebSocketDisconnect):
        await websocket.send_json({"welcome": username})
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 900)
            except TimeoutError:
                return await websocket.close(1008)
            await websocket.send_text(text)
