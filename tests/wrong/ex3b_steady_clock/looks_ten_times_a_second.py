# The mistake: one message each tenth of a second is read; a burst is answered slowly.
# Caught by: test_echoes_at_once
# Says: The answers to 50 messages took
import asyncio
import time
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    due = time.monotonic() + 10
    receive = asyncio.create_task(websocket.receive_text())
    try:
        while True:
            await asyncio.sleep(0.1)
            if receive.done():
                await websocket.send_text(receive.result())
                receive = asyncio.create_task(websocket.receive_text())
            if time.monotonic() >= due:
                due += 10
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except WebSocketDisconnect:
        pass
    finally:
        receive.cancel()
