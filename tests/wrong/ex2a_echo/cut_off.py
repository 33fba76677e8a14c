# The mistake: long texts are cut off.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: 70,00

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
            await websocket.send_text(f"{number}: {text[:1024]}")
    except WebSocketDisconnect:
        pass
