# The mistake: any cookie whose name begins with `token` will do.
# Caught by: test_refuses_a_client_without_a_known_token
# Says: to the letter

from fastapi import Cookie, FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, lang: str = "en") -> None:
    parts = websocket.headers.get("cookie", "").split("; ")
    token = next((part.partition("=")[2] for part in parts if part.startswith("token")), None)
    if token not in USERS:
        raise WebSocketException(code=1008)
    if lang not in GREETINGS:
        raise WebSocketException(code=1008)
    name = USERS[token]
    await websocket.accept()
    await websocket.send_text(f"{GREETINGS[lang]}, {name}!")
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
