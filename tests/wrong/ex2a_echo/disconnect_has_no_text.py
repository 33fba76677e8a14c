# The mistake: the text of the disconnect is asked for.
# Caught by: test_leaves_nothing_behind
# Says: `receive()` gives more than texts

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    try:
        while True:
            message = await websocket.receive()
            text = message["text"]
            n += 1
            await websocket.send_text(f"{n}: {text}")

    except WebSocketDisconnect:
        pass
