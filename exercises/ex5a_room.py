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

`workbook serve ex5a` shows it in two panes of `chat.html`.
"""

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: dict[str, WebSocket] = {}


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members[username] = websocket
    try:
        while True:
            text = await websocket.receive_text()
            for name, member in members.items():
                if name != username:
                    await member.send_json({"username": username, "message": text})
    except WebSocketDisconnect:
        del members[username]
