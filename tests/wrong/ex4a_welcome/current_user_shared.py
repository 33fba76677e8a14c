# The mistake: who asks is kept for all over an await.
# Caught by: test_serves_many_at_once
# Says: should have received

from fastapi import Depends, FastAPI, WebSocket, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()


class Session:
    name = None
    word = None


session = Session()


def check(websocket: WebSocket, lang: str = "en"):
    token = websocket.cookies.get("token")
    if token not in USERS or lang not in ("en", "es"):
        raise WebSocketException(1008)
    session.name = USERS[token]
    session.word = {"en": "Hello", "es": "Hola"}[lang]


@app.websocket("/ws", dependencies=[Depends(check)])
async def welcome(websocket: WebSocket):
    await websocket.accept()
    # mistake: shared; another handshake may come between the check and this line
    await websocket.send_text(f"{session.word}, {session.name}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
