# The mistake: three wrong tokens lock out everybody who comes from that address.
# Caught by: test_closes_on_an_unknown_token
# Says: Others had been closed before it. They do not count against it

import asyncio
import json
from collections import Counter
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()
failures = Counter()


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
    address = websocket.client.host
    username = user_of(first.get("text"))
    if username is None or failures[address] >= 3:
        failures[address] += 1
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    with suppress(WebSocketDisconnect):
        await websocket.send_json({"welcome": username})
        async for text in websocket.iter_text():
            await websocket.send_text(text)
