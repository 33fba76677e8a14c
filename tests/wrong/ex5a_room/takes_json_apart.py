# The mistake: a text that happens to be JSON goes on as an object.
# Caught by: test_passes_text_on_exactly_as_it_was
# Says: The text looked like JSON

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            try:
                message = json.loads(text)
            except ValueError:
                message = text
            for member in list(members):
                if member is not websocket:
                    try:
                        await member.send_json({"username": username, "message": message})
                    except Exception:
                        pass
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)
