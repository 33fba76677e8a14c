# The mistake: the answer is not awaited.
# Caught by: test_answers_a_message
# Says: was called without `await`

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
            websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
