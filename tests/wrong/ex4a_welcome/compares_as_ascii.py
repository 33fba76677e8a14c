# The mistake: tokens are compared by a function that takes ASCII only.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: HTTP 500

import secrets

from fastapi import FastAPI, WebSocket, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()


def find(token: str | None) -> str | None:
    for known, name in USERS.items():
        # mistake: raises TypeError for a str that is not ASCII: HTTP 500 and an error in the log
        if token is not None and secrets.compare_digest(token, known):
            return name
    return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket, lang: str = "en"):
    name = find(websocket.cookies.get("token"))
    if name is None or lang not in ("en", "es"):
        raise WebSocketException(1008)
    await websocket.accept()
    await websocket.send_text(f"{'Hello' if lang == 'en' else 'Hola'}, {name}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
