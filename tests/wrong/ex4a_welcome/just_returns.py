# The mistake: it returns instead of refusing, which uvicorn answers with HTTP 500.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: failed or returned before it accepted or refused

from typing import Annotated, Literal

from fastapi import Cookie, FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket,
    token: Annotated[str | None, Cookie()] = None,
    lang: Literal["en", "es"] = "en",
) -> None:
    if token not in USERS:
        return
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {USERS[token]}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
