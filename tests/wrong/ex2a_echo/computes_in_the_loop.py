# The mistake: it computes for a fifth of a second at each message.
# Caught by: test_serves_others_meanwhile
# Says: the server stood still
import time
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            t = time.process_time()
            while time.process_time() - t < 0.2:
                pass
            await websocket.send_text(f"{n}: {text}")
    except WebSocketDisconnect:
        pass
