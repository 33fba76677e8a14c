# The mistake: the answers are JSON, so the text stands in quotes.
# Caught by: test_answers_a_message
# Says: should have received "1: alpha"

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
            await websocket.send_json(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
