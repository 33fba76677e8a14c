# The mistake: only the first line of a text comes back.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: a line

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text.partition(chr(10))[0]}")
    except WebSocketDisconnect:
        pass
