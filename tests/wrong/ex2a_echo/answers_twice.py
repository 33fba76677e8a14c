# The mistake: the text is sent back once more, by itself.
# Caught by: test_goes_on_answering
# Says: should have received "2: beta"; what came was "alpha"

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
            await websocket.send_text(f"{number}: {text}")
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
