# The mistake: one time-out for the whole round: whoever stands behind a member that hangs gets nothing.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: a time-out for all of them together

"""One second for the whole round: who stands behind a slow member gets nothing."""

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    members.append(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            try:
                async with asyncio.timeout(1):
                    for member in list(members):
                        if member is not websocket:
                            try:
                                await member.send_json({"username": username, "message": text})
                            except WebSocketDisconnect:
                                pass
            except TimeoutError:
                pass
    except WebSocketDisconnect:
        pass
    finally:
        members.remove(websocket)
