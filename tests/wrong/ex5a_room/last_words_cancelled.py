# The mistake: what a member said is given up when it leaves.
# Caught by: test_members_may_leave_while_a_message_is_sent
# Says: also after it has gone

"""Each delivery is a task; whoever leaves cancels those of his that are still running."""

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: set[WebSocket] = set()


async def deliver(member, body):
    try:
        await member.send_json(body)
    except (RuntimeError, WebSocketDisconnect):
        members.discard(member)


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    tasks = set()
    try:
        while True:
            text = await websocket.receive_text()
            for member in members:
                if member is not websocket:
                    task = asyncio.create_task(
                        deliver(member, {"username": username, "message": text})
                    )
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)
        for task in tasks:
            task.cancel()
