# The mistake: it greets the token instead of the user that the token stands for.
# Caught by: test_greets_the_owner_of_the_token
# Says: The greeting has the user's name, not the token

from typing import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return token


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
