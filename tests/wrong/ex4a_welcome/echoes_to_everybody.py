# The mistake: every message goes to all clients instead of back to its sender.
# Caught by: test_serves_many_at_once
# Says: what came was

from typing import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()
connections: list[WebSocket] = []


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    connections.append(websocket)
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    try:
        async for text in websocket.iter_text():
            for connection in list(connections):
                await connection.send_text(text)
    finally:
        connections.remove(websocket)
