# The mistake: a second connection with the same token is refused.
# Caught by: test_serves_many_at_once
# Says: should have been let in. The answer was HTTP 403

from typing import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()
present: set[str] = set()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    if user in present:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION, "already here")
    present.add(user)
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    finally:
        present.discard(user)
