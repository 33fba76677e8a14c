# The mistake: it closes with 1008 after accept(), so the client was let in first.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: You close after `accept()`

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, lang: str = "en") -> None:
    await websocket.accept()
    token = websocket.cookies.get("token")
    if token not in USERS or lang not in GREETINGS:
        await websocket.close(1008, "who are you?")
        return
    await websocket.send_text(f"{GREETINGS[lang]}, {USERS[token]}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
