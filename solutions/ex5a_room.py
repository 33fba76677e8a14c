"""Exercise 5a. A room that survives its members.

Everybody who connects to `/ws` is in one room, by the name that the query parameter `username`
gives, else as `Anonymous`. Each text message goes to every other connection, as JSON:

    client A  opens /ws?username=Ada
    client B  opens /ws?username=Grace
    client A  "good morning"
    server    {"username": "Ada", "message": "good morning"}   to client B, not to client A

The program below does so while names differ and everybody stays. Mend it, so that

- connections are told apart by connection, not by name: two of one name are two members;
- a message reaches all the others who are still there, even if a member has died, and even if some
  die, come or leave while it is being sent;
- members may leave in any way, at any time, and nothing of them stays.
"""

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()  # connections: two may share a name


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            message = {"username": username, "message": text}
            others = members - {websocket}  # a new set: members come and go while we send
            # Sending to a member that died raises, here and not in its own endpoint. That is
            # neither the sender's end nor a reason to leave anybody out.
            await asyncio.gather(
                *(member.send_json(message) for member in others), return_exceptions=True
            )
    finally:  # however this ends
        members.discard(websocket)
