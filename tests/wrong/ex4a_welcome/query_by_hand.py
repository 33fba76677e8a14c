# The mistake: the query is taken apart by hand.
# Caught by: test_greets_in_the_language_asked_for
# Says: HTTP 500

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    query = websocket.scope["query_string"].decode()
    # mistake: a parameter without "=" (?debug&lang=es), or with two, is an error
    params = dict(pair.split("=") for pair in query.split("&")) if query else {}
    name = USERS.get(websocket.cookies.get("token"))
    lang = params.get("lang", "en")
    if name is None or lang not in ("en", "es"):
        await websocket.close(1008)
        return
    await websocket.accept()
    await websocket.send_text(f"{'Hello' if lang == 'en' else 'Hola'}, {name}!")
    async for text in websocket.iter_text():
        await websocket.send_text(text)
