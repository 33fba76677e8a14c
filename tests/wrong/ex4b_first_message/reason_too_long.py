# The mistake: the close reason repeats what was sent.
# Caught by: test_closes_on_an_unknown_token
# Says: at most 123 bytes

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


@app.websocket("/ws")
async def welcome(ws: WebSocket):
    await ws.accept()
    try:
        message = await asyncio.wait_for(ws.receive(), DEADLINE)
    except asyncio.TimeoutError:
        await ws.close(1008)
        return
    if message["type"] == "websocket.disconnect":
        return
    name = user_of(message.get("text"))
    if name is None:
        try:
            print("unknown token:", json.loads(message["text"])["token"])
        except (ValueError, KeyError, TypeError):
            print("no token")
        await ws.close(1008, f"not known: {message.get('text')}"[:60])
        return
    try:
        await ws.send_json({"welcome": name})
        while True:
            await ws.send_text(await ws.receive_text())
    except WebSocketDisconnect:
        pass
