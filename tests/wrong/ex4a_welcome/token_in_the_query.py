# The mistake: the token is a parameter without Cookie(), so FastAPI takes it from the query.
# Caught by: test_greets_the_owner_of_the_token
# Says: your program never looks at cookies

from typing import Literal

from fastapi import FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, token: str, lang: Literal["en", "es"] = "en") -> None:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {USERS[token]}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
