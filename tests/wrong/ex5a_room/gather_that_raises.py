# The mistake: gather without return_exceptions: a dead member throws the speaker out.
# Caught by: test_a_dead_member_keeps_nothing_from_the_others
# Says: Ada had only sent a message

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
            await asyncio.gather(*(m.send_json(message) for m in members - {websocket}))
    except WebSocketDisconnect:
        pass
    finally:
        members.remove(websocket)
