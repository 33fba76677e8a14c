# The mistake: a byte order mark at the beginning of a text is lost.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: The character U+FEFF belongs to the text

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    try:
        while True:
            text = await websocket.receive_text()
            text = text.encode().decode("utf-8-sig")
            n += 1
            await websocket.send_text(f"{n}: {text}")

    except WebSocketDisconnect:
        pass
