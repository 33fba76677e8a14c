# The mistake: the JSON is put together by hand.
# Caught by: test_passes_text_on_exactly_as_it_was
# Says: It looks like JSON, and is none

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = json.dumps(await websocket.receive_text())
            for member in list(members):
                if member is not websocket:
                    try:
                        await member.send_text(f'{{"username": "{username}", "message": {text}}}')
                    except (RuntimeError, WebSocketDisconnect):
                        members.discard(member)
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)
