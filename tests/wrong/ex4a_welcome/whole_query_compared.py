# The mistake: the query is compared whole, so a second parameter hides the language.
# Caught by: test_greets_in_the_language_asked_for
# Says: should have received "Hola, Ada!"; what came was "Hello, Ada!"

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
async def welcome(websocket: WebSocket, user: User) -> None:
    query = websocket.url.query
    if query.startswith("lang=") and query not in ("lang=en", "lang=es"):
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    lang = "es" if query == "lang=es" else "en"
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
