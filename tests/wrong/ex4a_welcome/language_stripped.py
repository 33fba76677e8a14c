# The mistake: spaces around the language are let pass.
# Caught by: test_refuses_another_language
# Says: to the letter

from fastapi import FastAPI, WebSocket, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket, lang: str = "en"):
    name = USERS.get(websocket.cookies.get("token"))
    lang = lang.strip()
    if name is None or lang not in ("en", "es"):
        raise WebSocketException(1008)
    await websocket.accept()
    await websocket.send_text(f"{'Hello' if lang == 'en' else 'Hola'}, {name}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
