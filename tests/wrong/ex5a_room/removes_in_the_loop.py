# The mistake: dead members are removed from the list in the loop over it, which skips the next one.
# Caught by: test_a_dead_member_keeps_nothing_from_the_others
# Says: those who come after it in the loop

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
                    try:
                        await member.send_json({"username": username, "message": text})
                    except WebSocketDisconnect:
                        members.remove(member)
    except WebSocketDisconnect:
        if websocket in members:
            members.remove(websocket)
