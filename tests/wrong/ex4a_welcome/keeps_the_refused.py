# The mistake: it lists every client that asks, and forgets those that leave but not the refused.
# Caught by: test_leaves_nothing_behind
# Says: 6 clients that were refused

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()
present: set[WebSocket] = set()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, lang: str = "en") -> None:
    present.add(websocket)
    token = websocket.cookies.get("token")
    if token not in USERS or lang not in GREETINGS:
        await websocket.close(1008)
        return
    await websocket.accept()
    try:
        await websocket.send_text(f"{GREETINGS[lang]}, {USERS[token]}!")
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    finally:
        present.discard(websocket)
