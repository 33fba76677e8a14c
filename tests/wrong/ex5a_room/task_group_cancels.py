# The mistake: one failing send cancels the sends to others in the TaskGroup.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: as a TaskGroup does

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    members.add(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            try:
                async with asyncio.TaskGroup() as group:
                    for member in set(members):
                        if member is not websocket:
                            group.create_task(
                                member.send_json({"username": username, "message": text})
                            )
            except* WebSocketDisconnect:
                pass
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)
