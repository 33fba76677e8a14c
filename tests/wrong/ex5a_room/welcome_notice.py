# The mistake: everybody is told who has come, which nobody asked for.
# Caught by: test_passes_a_message_on_to_the_others
# Says: should have received

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    await pass_on({"username": username, "message": "has joined"})
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            await pass_on({"username": username, "message": text}, websocket)
    finally:
        members.discard(websocket)


async def pass_on(message, sender=None):
    others = members - {sender}
    await asyncio.gather(*(m.send_json(message) for m in others), return_exceptions=True)
