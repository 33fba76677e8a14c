# The mistake: there is no space behind the colon.
# Caught by: test_answers_a_message
# Says: Each answer is the number, a colon, a space and the text

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
            await websocket.send_text(f"{number}:{text}")
    except WebSocketDisconnect:
        pass
