# The mistake: whoever comes from the address of a client that was welcomed is welcomed too.
# Caught by: test_closes_on_an_unknown_token
# Says: Grace was welcomed before, on a connection of her own: that lets nobody else in

import asyncio
import json
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()
known = {}  # the user of each address


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
    username = user_of(first.get("text")) or known.get(address)
    if username is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    known[address] = username
    with suppress(WebSocketDisconnect):
        await websocket.send_json({"welcome": username})
        async for text in websocket.iter_text():
            await websocket.send_text(text)
