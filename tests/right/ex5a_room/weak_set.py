# In another style: a WeakSet on app.state, a router with a prefix, and a time-out for each send.

import asyncio
from weakref import WeakSet

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect

router = APIRouter(prefix="/ws")
app = FastAPI()
app.state.members = WeakSet()


async def deliver(member: WebSocket, username: str, text: str) -> None:
    try:
        async with asyncio.timeout(5):
            await member.send_json({"username": username, "message": text})
    except (WebSocketDisconnect, RuntimeError, TimeoutError):
        member.app.state.members.discard(member)


@router.websocket("")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    members = websocket.app.state.members
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in tuple(members):
                if member is not websocket:
                    await deliver(member, username, text)
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)


app.include_router(router)
