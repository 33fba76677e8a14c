# The mistake: it looks an unknown token up as if it were known: KeyError.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: the answer was HTTP 500

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
    username = USERS[token]
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
