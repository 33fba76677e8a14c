# The mistake: only eight clients may log in at one time.
# Caught by: test_closes_who_says_nothing_in_time
# Says: B has said nothing yet

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()


def user_of(text):
    try:
        data = json.loads(text)
    except (ValueError, TypeError):
        return None
    token = data.get("token") if isinstance(data, dict) else None
    return USERS.get(token) if isinstance(token, str) else None


logging_in = asyncio.Semaphore(8)  # so that nobody floods us


@app.websocket("/ws")
async def welcome(ws: WebSocket):
    await ws.accept()
    try:
        async with asyncio.timeout(DEADLINE):
            async with logging_in:
                message = await ws.receive()
    except TimeoutError:
        await ws.close(1008)
        return
    if message["type"] == "websocket.disconnect":
        return
    name = user_of(message.get("text"))
    if name is None:
        await ws.close(1008)
        return
    try:
        await ws.send_json({"welcome": name})
        while True:
            await ws.send_text(await ws.receive_text())
    except WebSocketDisconnect:
        pass
