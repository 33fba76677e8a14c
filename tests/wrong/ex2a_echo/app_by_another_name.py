# The mistake: the application has another name.
# Caught by: test_answers_a_message
# Says: the name must be `app`

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

application = FastAPI()


@application.websocket("/ws")
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
