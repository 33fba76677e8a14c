# The mistake: only those who leave with code 1000 are taken out.
# Caught by: test_leaves_nothing_behind
# Says: `members` holds them

import contextlib

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: list[WebSocket] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in members.copy():
                if member is not websocket:
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                        await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect as gone:
        if gone.code == 1000:
            members.remove(websocket)
