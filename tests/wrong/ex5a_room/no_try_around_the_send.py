# The mistake: a dead member's failing send ends the loop, and throws the speaker out.
# Caught by: test_a_dead_member_keeps_nothing_from_the_others
# Says: Sending to a member that has died raises

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
                    await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect:
        members.remove(websocket)
