# The mistake: the pattern en|es is found inside of french and espresso as well.
# Caught by: test_refuses_another_language
# Says: It was even greeted

from typing import Annotated

from fastapi import Cookie, Depends, FastAPI, Query, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket, user: User, lang: Annotated[str, Query(pattern="en|es")] = "en"
) -> None:
    await websocket.accept()
    await websocket.send_text(f"{'Hola' if lang == 'es' else 'Hello'}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
