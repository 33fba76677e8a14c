# The mistake: the handshake is never accepted.
# Caught by: test_answers_a_message
# Says: it should have been let in

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
