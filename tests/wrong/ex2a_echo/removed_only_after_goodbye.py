# The mistake: a connection is taken out only if its client said goodbye.
# Caught by: test_leaves_nothing_behind
# Says: `connections` holds them

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


connections = set()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    connections.add(websocket)
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect as end:
        if end.code == 1000:
            connections.discard(websocket)
