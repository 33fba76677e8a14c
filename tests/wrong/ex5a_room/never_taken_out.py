# The mistake: nobody is ever taken out of the list.
# Caught by: test_leaves_nothing_behind
# Says: `members` holds them

import contextlib

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: list[WebSocket] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.append(websocket)
    async for text in websocket.iter_text():
        for member in members.copy():
            if member is not websocket:
                with contextlib.suppress(WebSocketDisconnect, RuntimeError):
                    await member.send_json({"username": username, "message": text})
