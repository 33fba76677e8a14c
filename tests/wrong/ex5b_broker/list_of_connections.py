# The mistake: a list in the process: nobody on another worker hears anything.
# Caught by: test_passes_a_message_on_to_the_others
# Says: has not even connected to the broker

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[tuple[str, WebSocket]] = set()


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    members.add((username, websocket))
    try:
        async for text in websocket.iter_text():
            message = {"username": username, "message": text}
            others = [other for name, other in members if name != username]
            await asyncio.gather(*(o.send_json(message) for o in others), return_exceptions=True)
    finally:
        members.discard((username, websocket))
