# The mistake: connections are kept under their names, so the second of a name replaces the first.
# Caught by: test_tells_members_apart_by_connection
# Says: keeps connections under their names

import contextlib

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: dict[str, WebSocket] = {}


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members[username] = websocket
    try:
        while True:
            text = await websocket.receive_text()
            for member in list(members.values()):
                if member is not websocket:
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                        await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect:
        members.pop(username, None)
