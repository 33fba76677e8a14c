# The mistake: the endpoint has another path.
# Caught by: test_answers_a_message
# Says: The server has no WebSocket endpoint for /ws

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
