# The mistake: members are told apart by their name and how many have it.
# Caught by: test_tells_members_apart_by_connection
# Says: A number that says how many there are

"""Told apart by their address and name."""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: dict[tuple, WebSocket] = {}


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    key = (websocket.headers.get("host"), websocket.client.host, username)
    key = key + (len([k for k in members if k[:3] == key]),)
    members[key] = websocket
    try:
        while True:
            text = await websocket.receive_text()
            for other, member in list(members.items()):
                if other != key:
                    try:
                        await member.send_json({"username": username, "message": text})
                    except (RuntimeError, WebSocketDisconnect):
                        pass
    except WebSocketDisconnect:
        pass
    finally:
        members.pop(key, None)
