# The mistake: it looks for a known token anywhere in the Cookie header.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: It was even greeted

from typing import Annotated, Literal

from fastapi import FastAPI, Header, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(
    websocket: WebSocket,
    cookie: Annotated[str, Header()] = "",
    lang: Literal["en", "es"] = "en",
) -> None:
    user = next((name for token, name in USERS.items() if f"token={token}" in cookie), None)
    if user is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
