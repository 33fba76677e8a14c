# The mistake: the room takes twenty members and no more.
# Caught by: test_serves_many_who_come_and_go
# Says: it may hold any number

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    if len(members) >= 20:
        await websocket.close(1013)
        return
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in list(members):
                if member is not websocket:
                    try:
                        await member.send_json({"username": username, "message": text})
                    except Exception:
                        pass
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)
