"""Exercise 6a. Rooms.

Write the endpoint `/rooms/{room}`, a chat with a room for every name. The query parameter
`username` says who comes, `Anonymous` by default. Several workers serve the same rooms; the broker
at `REDIS_URL` is all that they share. Every other connection in the room, on every worker, gets a
JSON message with exactly these keys, once, when somebody comes, speaks or goes:

    Ada    opens /rooms/tea?username=Ada, while Grace is there, on another worker
    Grace  {"type": "join", "username": "Ada"}
    Ada    "Hello!"
    Grace  {"type": "message", "username": "Ada", "message": "Hello!"}
    Ada    leaves
    Grace  {"type": "leave", "username": "Ada"}

Nobody hears of what they do themselves, nor of what was before they came. Two connections of one
name are two members, who hear each other. Rooms never hear each other, however alike their names
are. A member may leave at any time, politely or not; the others are told, and nothing of it stays:
no task, no subscription, no connection to the broker.

`workbook serve ex6a --workers 2` shows it in `chat.html?path=/rooms/{room}`.
"""

import os

from fastapi import FastAPI, WebSocket

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")

app = FastAPI()


@app.websocket("/rooms/{room}")
async def rooms(websocket: WebSocket, room: str, username: str = "Anonymous") -> None:
    raise NotImplementedError("ex6a: accept the client, pass events on in both directions")
