# The mistake: it strips the token before it compares.
# Caught by: test_closes_on_an_unknown_token
# Says: is no key of `USERS`. There is no second try, and no welcome
import asyncio
import json
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5
app = FastAPI()


def user_of(event):
    try:
        data = json.loads(event["text"])
        return USERS.get(data["token"].strip())
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        event = await asyncio.wait_for(websocket.receive(), DEADLINE)
    except TimeoutError:
        await websocket.close(code=1008)
        return
    if event["type"] == "websocket.disconnect":
        return
    user = user_of(event)
    if user is None:
        await websocket.close(code=1008)
        return
    await websocket.send_json({"welcome": user})
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
