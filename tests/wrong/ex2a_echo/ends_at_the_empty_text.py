# The mistake: an empty text ends the loop.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: the server had ended the connection

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while text := await websocket.receive_text():
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
