# The mistake: the dependency takes a Request, which a WebSocket connection has not.
# Caught by: test_greets_the_owner_of_the_token
# Says: TypeError

from typing import Annotated, Literal

from fastapi import Depends, FastAPI, HTTPException, Request, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(request: Request) -> str:
    token = request.cookies.get("token")
    if token not in USERS:
        raise HTTPException(403)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
