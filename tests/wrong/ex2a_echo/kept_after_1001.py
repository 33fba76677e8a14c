# The mistake: a client that leaves with close code 1001 is not taken out.
# Caught by: test_leaves_nothing_behind
# Says: close code 1001, as a closed browser tab does

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
clients = {}


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    clients[id(websocket)] = websocket
    n = 0
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            if message["code"] != 1001:
                del clients[id(websocket)]
            break
        n += 1
        try:
            await websocket.send_text(f"{n}: {message['text']}")
        except WebSocketDisconnect:
            clients.pop(id(websocket), None)
            break
