# The mistake: one message is answered; there is no loop.
# Caught by: test_goes_on_answering
# Says: the server had ended the connection (1006)

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        text = await websocket.receive_text()
        number += 1
        await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
