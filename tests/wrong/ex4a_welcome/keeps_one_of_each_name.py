# The mistake: it keeps the last connection of each user.
# Caught by: test_leaves_nothing_behind
# Says: `members` holds them

from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()
members = {}


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    lang = websocket.query_params.get("lang", "en")
    if username is None or lang not in GREETINGS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    members[username] = websocket
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
        async for text in websocket.iter_text():
            await websocket.send_text(text)
