# The mistake: USERS.get() makes None of an unknown token, and nobody looks.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: gives None for an unknown token

from typing import Annotated, Literal

from fastapi import Cookie, FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket,
    token: Annotated[str, Cookie()],
    lang: Literal["en", "es"] = "en",
) -> None:
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {USERS.get(token)}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
