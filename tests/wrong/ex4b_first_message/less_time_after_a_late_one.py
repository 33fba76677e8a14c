# The mistake: once somebody was late, the others have half the time.
# Caught by: test_closes_who_says_nothing_in_time
# Says: 5 seconds after the connection

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()
LATE = []


def name_of(event):
    text = event.get("text")
    if text is None:
        return None
    try:
        data = json.loads(text)
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    token = data.get("token")
    if not isinstance(token, str):
        return None
    return USERS.get(token)


@app.websocket("/ws")
async def ws(websocket: WebSocket):
    await websocket.accept()
    try:
        try:
            async with asyncio.timeout(DEADLINE if not LATE else DEADLINE / 2):
                event = await websocket.receive()
        except TimeoutError:
            LATE.append(websocket.client)  # hurry up the next ones
            await websocket.close(1008)
            return
        if event["type"] == "websocket.disconnect":
            return
        name = name_of(event)
        if name is None:
            await websocket.close(1008)
            return
        await websocket.send_json({"welcome": name})
        while True:
            event = await websocket.receive()
            if event["type"] == "websocket.disconnect":
                return
            if event.get("text") is not None:
                await websocket.send_text(event["text"])
    except WebSocketDisconnect:
        pass
