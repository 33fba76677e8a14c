# In another style: a task for each send, kept in a set and never left with an exception.

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: dict[str, list[WebSocket]] = {}
sending: set[asyncio.Task] = set()


async def deliver(member: WebSocket, line: dict) -> None:
    try:
        await member.send_json(line)
    except Exception as error:
        print("not delivered:", repr(error))


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.setdefault(username, []).append(websocket)
    try:
        async for text in websocket.iter_text():
            for connections in members.values():
                for member in connections:
                    if member is not websocket:
                        line = {"username": username, "message": text}
                        task = asyncio.create_task(deliver(member, line))
                        sending.add(task)
                        task.add_done_callback(sending.discard)
    finally:
        members[username].remove(websocket)
        if not members[username]:
            del members[username]
