# The mistake: every connection is kept in a list, for ever.
# Caught by: test_leaves_nothing_behind
# Says: `connections` holds them

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


connections = []


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    connections.append(websocket)
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
