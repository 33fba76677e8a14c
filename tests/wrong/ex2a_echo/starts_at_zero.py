# The mistake: the number is raised after the answer.
# Caught by: test_answers_a_message
# Says: The counting starts at 0

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(f"{number}: {text}")
            number += 1
    except WebSocketDisconnect:
        pass
