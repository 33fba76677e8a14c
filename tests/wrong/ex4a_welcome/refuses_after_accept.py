# The mistake: it accepts first and raises WebSocketException then: closed 1008, not refused.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: is no refusal. Refuse first, accept afterwards.

from typing import Annotated, Literal

from fastapi import Cookie, FastAPI, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket,
    token: Annotated[str | None, Cookie()] = None,
    lang: Literal["en", "es"] = "en",
) -> None:
    await websocket.accept()
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.send_text(f"{GREETINGS[lang]}, {USERS[token]}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
