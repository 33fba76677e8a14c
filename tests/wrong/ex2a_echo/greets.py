# The mistake: a greeting goes out before the first answer.
# Caught by: test_answers_a_message
# Says: should have received "1: alpha"; what came was "welcome"

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("welcome")
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
