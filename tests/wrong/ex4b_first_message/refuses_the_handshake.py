# The mistake: it wants the token as a cookie and refuses the handshake.
# Caught by: test_welcomes_a_known_token
# Says: nobody can send one before the connection

from typing import Annotated

from fastapi import Cookie, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, token: Annotated[str | None, Cookie()] = None) -> None:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    await websocket.receive_text()
    await websocket.send_json({"welcome": USERS[token]})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
