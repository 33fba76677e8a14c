# The mistake: a member is in the room before it is accepted, and whoever speaks then takes it out.
# Caught by: test_serves_many_who_come_and_go
# Says: before `accept()`

import asyncio

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = set()


async def member(websocket: WebSocket):
    members.add(websocket)
    try:
        await asyncio.sleep(0.05)  # look the user up
        yield
    finally:
        members.discard(websocket)


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous", _=Depends(member)):
    await websocket.accept()
    try:
        while True:
            text = await websocket.receive_text()
            for other in list(members):
                if other is not websocket:
                    try:
                        await other.send_json({"username": username, "message": text})
                    except Exception:
                        members.discard(other)
    except WebSocketDisconnect:
        pass
