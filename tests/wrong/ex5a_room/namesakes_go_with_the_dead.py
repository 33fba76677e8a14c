# The mistake: with a dead member all of its name are taken out.
# Caught by: test_a_dead_member_keeps_nothing_from_the_others
# Says: does somebody go by names

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
members: list[tuple[WebSocket, str]] = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    me = (websocket, username)
    members.append(me)
    try:
        while True:
            text = await websocket.receive_text()
            for member, name in list(members):
                if member is websocket:
                    continue
                try:
                    await member.send_json({"username": username, "message": text})
                except (WebSocketDisconnect, RuntimeError):
                    members[:] = [pair for pair in members if pair[1] != name]
    except WebSocketDisconnect:
        pass
    finally:
        if me in members:
            members.remove(me)
