# The mistake: the sender gets its own message too.
# Caught by: test_passes_a_message_on_to_the_others
# Says: A message goes to every connection but the one that sent it

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            message = {"username": username, "message": text}
            await asyncio.gather(*(m.send_json(message) for m in members), return_exceptions=True)
    except WebSocketDisconnect:
        members.remove(websocket)
