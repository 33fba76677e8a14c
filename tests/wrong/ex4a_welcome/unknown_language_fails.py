# The mistake: an unknown language is a KeyError in the look-up of the greeting.
# Caught by: test_refuses_another_language
# Says: KeyError

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
    greeting = f"{GREETINGS[lang]}, {user}!"
    await websocket.accept()
    await websocket.send_text(greeting)
    async for text in websocket.iter_text():
        await websocket.send_text(text)
