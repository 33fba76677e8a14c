# In another style: the members are a tuple that is replaced, never changed.

from contextlib import suppress

from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketDisconnect

app = FastAPI()
members: tuple[WebSocket, ...] = ()


@app.websocket("/ws")
async def room(websocket: WebSocket):
    global members
    name = websocket.query_params.get("username") or "Anonymous"
    await websocket.accept()
    members += (websocket,)
    try:
        while True:
            event = await websocket.receive()
            if event["type"] == "websocket.disconnect":
                break
            for member in members:
                if member != websocket:
                    with suppress(WebSocketDisconnect):
                        await member.send_json({"username": name, "message": event["text"]})
    finally:
        members = tuple(member for member in members if member is not websocket)
