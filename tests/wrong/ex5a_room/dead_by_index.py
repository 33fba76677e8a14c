# The mistake: dead members are noted by index; when others have left meanwhile, a living one is deleted.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: taken out by a number that had changed

"""Members in a list; the dead are noted by index and deleted afterwards, front first."""

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
            dead = []
            for index, member in enumerate(list(members)):
                if member is not websocket:
                    try:
                        await member.send_json({"username": username, "message": text})
                    except Exception:
                        dead.append(index)
            for index in reversed(dead):
                if index < len(members):
                    del members[index]
    except WebSocketDisconnect:
        pass
    finally:
        if websocket in members:
            members.remove(websocket)
