# The mistake: an `except` around each receive lets the loop run on after the client has gone.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: stood still

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while True:
            try:
                text = await websocket.receive_text()
            except Exception:
                continue
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
