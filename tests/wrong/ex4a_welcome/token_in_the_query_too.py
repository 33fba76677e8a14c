# The mistake: the token may also stand in the address.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: It was even greeted: Hello, Ada!

from typing import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, Query, WebSocket, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


async def known_user(
    cookie: Annotated[str | None, Cookie(alias="token")] = None,
    query: Annotated[str | None, Query(alias="token")] = None,
) -> str:
    token = cookie or query
    if token not in USERS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    return USERS[token]


User = Annotated[str, Depends(known_user)]


@app.websocket("/ws")
async def welcome(websocket: WebSocket, user: User, lang: Literal["en", "es"] = "en") -> None:
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {user}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
