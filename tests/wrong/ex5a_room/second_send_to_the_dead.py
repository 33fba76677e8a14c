# The mistake: the first send to a dead member is expected to fail; the second, which fails in another way, is not.
# Caught by: test_a_dead_member_keeps_nothing_from_the_others
# Says: and nothing came

import asyncio
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
                    except WebSocketDisconnect:
                        pass
    except WebSocketDisconnect:
        pass
    finally:
        members.remove(websocket)
