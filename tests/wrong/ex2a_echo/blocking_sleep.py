# The mistake: each answer sleeps in the event loop.
# Caught by: test_serves_others_meanwhile
# Says: the server slept for 0.2 s and served nobody

import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            time.sleep(0.2)
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
