# The mistake: members are told apart by name: whoever shares the sender's name hears nothing.
# Caught by: test_tells_members_apart_by_connection
# Says: Another member has the same name

import contextlib

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: list[tuple[str, WebSocket]] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.append((username, websocket))
    try:
        while True:
            text = await websocket.receive_text()
            for name, member in list(members):
                if name != username:
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                        await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect:
        members.remove((username, websocket))
