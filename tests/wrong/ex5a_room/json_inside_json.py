# The mistake: the JSON text goes through send_json() once more.
# Caught by: test_passes_a_message_on_to_the_others
# Says: JSON inside JSON

import asyncio
import json

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            message = json.dumps({"username": username, "message": text})
            others = members - {websocket}
            await asyncio.gather(*(m.send_json(message) for m in others), return_exceptions=True)
    finally:
        members.discard(websocket)
