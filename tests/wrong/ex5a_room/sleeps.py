# The mistake: a pause with time.sleep() stops the server for everybody.
# Caught by: test_serves_many_who_come_and_go
# Says: time.sleep(0.1)

import asyncio
import time

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            time.sleep(0.1)
            message = {"username": username, "message": text}
            others = members - {websocket}
            await asyncio.gather(*(m.send_json(message) for m in others), return_exceptions=True)
    finally:
        members.discard(websocket)
