# The mistake: a text that came before keeps its number.
# Caught by: test_goes_on_answering
# Says: should have received "4: beta"; what came was "2: beta"

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    seen = {}
    try:
        while True:
            text = await websocket.receive_text()
            number = seen.setdefault(text, len(seen) + 1)
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
