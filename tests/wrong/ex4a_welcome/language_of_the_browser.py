# The mistake: without `lang` it greets in the browser's language.
# Caught by: test_greets_in_the_language_asked_for
# Says: Only the query chooses the language

from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    lang = websocket.query_params.get("lang", websocket.headers.get("accept-language", "en")[:2])
    if username is None or lang not in GREETINGS:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        await websocket.send_text(f"{GREETINGS[lang]}, {username}!")
        async for text in websocket.iter_text():
            await websocket.send_text(text)
