# The mistake: it takes `EN` for `en`.
# Caught by: test_refuses_another_language
# Says: should have been refused
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
HELLO = {"en": "Hello", "es": "Hola"}
app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    token = websocket.cookies.get("token")
    lang = websocket.query_params.get("lang", "en").lower()
    user = USERS.get(token)
    if user is None or lang not in HELLO:
        raise WebSocketException(code=1008)
    await websocket.accept()
    await websocket.send_text(f"{HELLO[lang]}, {user}!")
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
