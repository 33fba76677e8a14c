# The mistake: a member's key is how many there are: after a leave it is given twice.
# Caught by: test_serves_many_who_come_and_go
# Says: and nothing came

import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = {}


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    me = len(members)
    members[me] = websocket
    try:
        while True:
            text = await websocket.receive_text()
            for number, member in list(members.items()):
                if number != me:
                    try:
                        await member.send_json({"username": username, "message": text})
                    except (WebSocketDisconnect, RuntimeError):
                        pass
    except WebSocketDisconnect:
        pass
    finally:
        members.pop(me, None)
