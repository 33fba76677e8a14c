# The mistake: the timer of the deadline is never cancelled and closes whoever is in.
# Caught by: test_sets_no_deadline_after_the_welcome
# Says: A timer that was set for it is cancelled

import asyncio
import json

from fastapi import FastAPI, WebSocket

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
    loop = asyncio.get_running_loop()
    loop.call_later(5, lambda: loop.create_task(websocket.close(1008)))
    first = await websocket.receive()
    if first["type"] == "websocket.disconnect":
        return
    username = user_of(first.get("text"))
    if username is None:
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
