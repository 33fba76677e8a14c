# The mistake: every client that leaves is an error in the server's log.
# Caught by: test_leaves_nothing_behind
# Says: The server's log says: a client has gone

import logging

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
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        logging.getLogger("uvicorn.error").error("a client has gone")
