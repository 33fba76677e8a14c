# The mistake: every message has to come within 5 s, not only the first.
# Caught by: test_sets_no_deadline_after_the_welcome
# Says: The deadline is for the first message only

import asyncio
import json

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
    await websocket.send_json({"welcome": username})
    try:
        while True:
            text = await asyncio.wait_for(websocket.receive_text(), DEADLINE)
            await websocket.send_text(text)
    except TimeoutError:
        await websocket.close(1008)
    except WebSocketDisconnect:
        pass
