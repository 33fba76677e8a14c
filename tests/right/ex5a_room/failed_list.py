# In another style: who could not be sent to is put into a list, and taken out afterwards.

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
            failed = []
            for member in list(members):
                if member is not websocket:
                    try:
                        await member.send_json({"username": username, "message": text})
                    except Exception:
                        failed.append(member)
            for gone in failed:
                if gone in members:
                    members.remove(gone)
    except WebSocketDisconnect:
        pass
    finally:
        if websocket in members:
            members.remove(websocket)
