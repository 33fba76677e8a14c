# The mistake: each answer sleeps in the event loop, by a name that the module took at its import.
# Caught by: test_serves_others_meanwhile
# Says: the server slept for 0.1 s and served nobody

from time import sleep
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket):
    await websocket.accept()
    n = 0
    try:
        while True:
            t = await websocket.receive_text()
            n += 1
            sleep(0.1)
            await websocket.send_text(f"{n}: {t}")
    except WebSocketDisconnect:
        pass
