# The mistake: the members stand in a dictionary of the process; there is no broker.
# Caught by: test_carries_messages_to_every_worker
# Says: Nothing was published at the broker

import json
import uuid
from collections import defaultdict

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: dict[str, dict[str, WebSocket]] = defaultdict(dict)


async def tell(room: str, me: str, event: dict) -> None:
    for member, websocket in list(members[room].items()):
        if member != me:
            await websocket.send_text(json.dumps(event))


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    await websocket.accept()
    me = uuid.uuid4().hex
    members[room][me] = websocket
    await tell(room, me, {"type": "join", "username": username})
    try:
        async for text in websocket.iter_text():
            await tell(room, me, {"type": "message", "username": username, "message": text})
    finally:
        del members[room][me]
        await tell(room, me, {"type": "leave", "username": username})
