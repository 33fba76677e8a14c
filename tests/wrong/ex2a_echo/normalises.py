# The mistake: the text is brought to one Unicode form.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: Unicode form NFC

import unicodedata

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            await websocket.send_text(f"{n}: {unicodedata.normalize('NFC', text)}")
    except WebSocketDisconnect:
        pass
