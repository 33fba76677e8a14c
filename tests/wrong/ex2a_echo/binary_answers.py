# The mistake: the answers are binary messages.
# Caught by: test_answers_a_message
# Says: what came was a binary message

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
            await websocket.send_bytes(f"{number}: {text}".encode())
    except WebSocketDisconnect:
        pass
