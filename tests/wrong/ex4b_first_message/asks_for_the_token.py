# The mistake: it asks for the token before it has one.
# Caught by: test_welcomes_a_known_token
# Says: Nothing is sent before the token was checked

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketException, status

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
    await websocket.send_json({"error": "who are you?"})
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
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
