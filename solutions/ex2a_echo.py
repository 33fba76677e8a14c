"""Exercise 2a. A numbered echo.

Write the endpoint `/ws`. To each text message it answers with the number of that message in this
connection, a colon, a space and the text, unchanged:

    client  "alpha"
    server  "1: alpha"
    client  "beta"
    server  "2: beta"

Every connection counts for itself, from 1. A client may leave at any time.
"""

from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0  # a local variable: every connection runs this function anew
    with suppress(WebSocketDisconnect):  # the client may also leave while we answer
        async for text in websocket.iter_text():  # ends by itself when the client leaves
            number += 1
            await websocket.send_text(f"{number}: {text}")
