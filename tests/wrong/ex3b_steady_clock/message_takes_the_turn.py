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
            try:
                text = await asyncio.wait_for(websocket.receive_text(), PERIOD - age % PERIOD)
            except asyncio.TimeoutError:
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
                continue
            await websocket.send_text(text)
            await asyncio.sleep(0)
    except WebSocketDisconnect:
        pass
