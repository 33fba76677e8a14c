# The mistake: there is no default for the name, so a client without one is refused.
# Caught by: test_passes_a_message_on_to_the_others
# Says: when a parameter of it is missing

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str) -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            message = {"username": username, "message": text}
            others = members - {websocket}
            await asyncio.gather(*(m.send_json(message) for m in others), return_exceptions=True)
    finally:
        members.discard(websocket)
