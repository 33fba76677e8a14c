# The mistake: it refuses with HTTP 404 instead of 403 or 401.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: should have been refused with HTTP 403 (or 401); the answer was HTTP 404

from typing import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, HTTPException, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(token: Annotated[str | None, Cookie()] = None) -> str:
    if token not in USERS:
        raise HTTPException(404, "No such user")
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
