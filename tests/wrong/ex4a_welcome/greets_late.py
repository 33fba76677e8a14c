# The mistake: it waits for the client's first message before it greets.
# Caught by: test_greets_the_owner_of_the_token
# Says: the client need not speak first

from typing import Annotated, Literal

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
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    text = await websocket.receive_text()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    await websocket.send_text(text)
    async for text in websocket.iter_text():
        await websocket.send_text(text)
