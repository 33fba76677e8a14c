# The mistake: the language is kept outside of the endpoint and stays for the next client.
# Caught by: test_greets_in_the_language_asked_for
# Says: should have received "Hello, Ada!"; what came was "Hola, Ada!"

from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()
settings = {"lang": "en"}


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User) -> None:
    settings.update(websocket.query_params)
    if settings["lang"] not in GREETINGS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[settings['lang']]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
