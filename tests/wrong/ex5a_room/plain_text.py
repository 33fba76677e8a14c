# The mistake: the others get plain text instead of an object.
# Caught by: test_passes_a_message_on_to_the_others
# Says: Each message is a JSON object

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
            message = f"{username}: {text}"
            others = members - {websocket}
            await asyncio.gather(*(m.send_text(message) for m in others), return_exceptions=True)
    finally:
        members.discard(websocket)
