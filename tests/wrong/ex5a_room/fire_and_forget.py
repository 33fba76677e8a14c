# The mistake: each send is a task whose exception nobody looks at.
# Caught by: test_leaves_nothing_behind
# Says: Nobody looked at the result

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: list[WebSocket] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            for member in members:
                if member is not websocket:
                    line = {"username": username, "message": text}
                    asyncio.create_task(member.send_json(line))  # noqa: RUF006
    except WebSocketDisconnect:
        members.remove(websocket)
