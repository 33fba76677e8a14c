# The mistake: it takes the Cookie header apart as if there were one cookie only.
# Caught by: test_finds_its_cookie_among_others
# Says: All cookies come in one header

from typing import Literal

from fastapi import FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, lang: Literal["en", "es"] = "en") -> None:
    name, _, token = websocket.headers.get("cookie", "").partition("=")
    if name != "token" or token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {USERS[token]}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
