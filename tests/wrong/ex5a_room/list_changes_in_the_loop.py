# The mistake: the list itself is iterated over while it changes, so a member is skipped.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: the collection changed under the loop

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
            for member in members:
                if member is not websocket:
                    with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                        await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect:
        members.remove(websocket)
