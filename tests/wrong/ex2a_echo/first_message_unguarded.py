# The mistake: a client that leaves before its first message is not expected.
# Caught by: test_leaves_nothing_behind
# Says: The server's log has WebSocketDisconnect

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    text = await websocket.receive_text()
    try:
        while True:
            number += 1
            await websocket.send_text(f"{number}: {text}")
            text = await websocket.receive_text()
    except WebSocketDisconnect:
        pass
