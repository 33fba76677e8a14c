# The mistake: each round waits for the message and for the clock.
# Caught by: test_echoes_text_unchanged
# Says: and nothing came
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            receive = asyncio.create_task(websocket.receive_text())
            tick = asyncio.create_task(asyncio.sleep(10))
            await asyncio.wait({receive, tick}, return_when=asyncio.ALL_COMPLETED)
            await websocket.send_text(receive.result())
            await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except WebSocketDisconnect:
        pass
