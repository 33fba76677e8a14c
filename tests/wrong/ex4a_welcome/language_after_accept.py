# The mistake: the token is checked before accept(), the language only after it.
# Caught by: test_refuses_another_language
# Says: You close after `accept()`

from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: str = "en") -> None:
    await websocket.accept()
    if lang not in GREETINGS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "lang is en or es")
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
