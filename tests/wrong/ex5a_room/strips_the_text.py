# The mistake: the text is stripped before it goes on.
# Caught by: test_passes_text_on_exactly_as_it_was
# Says: should have received

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            message = {"username": username, "message": text.strip()}
            others = members - {websocket}
            await asyncio.gather(*(m.send_json(message) for m in others), return_exceptions=True)
    finally:
        members.discard(websocket)
