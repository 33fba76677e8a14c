# The mistake: the user's name stands in a global, and another login changes it meanwhile.
# Caught by: test_welcomes_a_known_token
# Says: what one client has shown must not count for another one

import asyncio
import json
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()
username = None


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
    global username
    username = user_of(first.get("text"))
    if username is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await asyncio.sleep(0)  # as a database would be asked here
    with suppress(WebSocketDisconnect):
        await websocket.send_json({"welcome": username})
        async for text in websocket.iter_text():
            await websocket.send_text(text)
