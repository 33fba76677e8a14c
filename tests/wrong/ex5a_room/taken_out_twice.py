# The mistake: a dead member is removed by whoever could not send to it, and again by its own endpoint.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: the second one finds it gone

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    members.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in list(members):
                if member is not websocket:
                    try:
                        await member.send_json({"username": username, "message": text})
                    except Exception:
                        members.remove(member)
    except WebSocketDisconnect:
        members.remove(websocket)
