# The mistake: a part of a token, or a token in other letters, is good enough.
# Caught by: test_closes_on_an_unknown_token
# Says: no welcome without a known token

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()


def user_of(text: str | None) -> str | None:
    """The user whose token a first message holds, if it holds one."""
    try:
        given = json.loads(text)["token"].lower()
        return next(name for token, name in USERS.items() if token.startswith(given))
    except (TypeError, ValueError, LookupError, AttributeError, StopIteration):
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
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
