# The mistake: it welcomes ten clients at a time and no more.
# Caught by: test_echoes_after_the_welcome
# Says: Each is served, however many there are

import asyncio
import json
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()
online = set()


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
    if username is None or len(online) >= 10:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    online.add(websocket)
    with suppress(WebSocketDisconnect):
        await websocket.send_json({"welcome": username})
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    online.discard(websocket)
