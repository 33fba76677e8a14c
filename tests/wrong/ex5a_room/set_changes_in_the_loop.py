# The mistake: the set itself is iterated over while it changes, which raises RuntimeError.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: changed size during iteration

import contextlib

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in members:
                if member is not websocket:
                    with contextlib.suppress(WebSocketDisconnect):
                        await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect:
        pass
    finally:
        members.remove(websocket)
