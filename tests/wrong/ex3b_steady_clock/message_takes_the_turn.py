# The mistake: when a message comes as the clock is due, the time is left out.
# Caught by: test_loses_no_message
# Says: A message does not take the clock's turn
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    loop = asyncio.get_running_loop()
    opened = loop.time()
    try:
        while True:
            age = loop.time() - opened
            receiving = asyncio.create_task(websocket.receive_text())
            await asyncio.wait({receiving}, timeout=PERIOD - age % PERIOD)
            if receiving.done():
                await websocket.send_text(receiving.result())
            else:
                receiving.cancel()
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except WebSocketDisconnect:
        pass
