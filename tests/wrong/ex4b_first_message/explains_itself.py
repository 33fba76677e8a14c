# The mistake: it sends an error message before it closes.
# Caught by: test_closes_on_an_unknown_token
# Says: gets no message at all, only the close code

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
    try:
        async with asyncio.timeout(DEADLINE):
            first = await websocket.receive()
    except TimeoutError:
        first = {"type": "nothing"}
    if first["type"] == "websocket.disconnect":
        return
    username = user_of(first.get("text"))
    if username is None:
        await websocket.send_json({"error": "unknown token"})
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
