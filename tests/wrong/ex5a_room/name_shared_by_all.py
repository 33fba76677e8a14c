# The mistake: the name stands in the application's state, where the one who came last writes over it.
# Caught by: test_passes_a_message_on_to_the_others
# Says: whoever came last

from fastapi import FastAPI, WebSocket

app = FastAPI()
app.state.members = []


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    state = websocket.app.state
    state.username = username
    await websocket.accept()
    state.members.append(websocket)
    try:
        async for text in websocket.iter_text():
            for member in list(state.members):
                if member is not websocket:
                    try:
                        await member.send_json({"username": state.username, "message": text})
                    except Exception:
                        pass
    finally:
        state.members.remove(websocket)
