# The mistake: the time-out stands around the echo too, so every connection ends after 5 s.
# Caught by: test_sets_no_deadline_after_the_welcome
# Says: The deadline is for the first message only

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


def user_of(text: str | None) -> str | None:
    try:
        return USERS[json.loads(text)["token"]]
    except (TypeError, ValueError, LookupError):
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            first = await websocket.receive()
            if first["type"] == "websocket.disconnect":
                return
            username = user_of(first.get("text"))
            if username is None:
                raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
            await websocket.send_json({"welcome": username})
            async for text in websocket.iter_text():
                await websocket.send_text(text)
    except TimeoutError:
        await websocket.close(1008)
