# The mistake: the time is told at each full 10 s of the wall clock.
# Caught by: test_tells_a_silent_client_the_time
# Says: at a full 10 s of the wall clock
import asyncio
import time as t
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


async def tell_the_time(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PERIOD - t.time() % PERIOD)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    time = asyncio.create_task(tell_the_time(websocket))
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        time.cancel()
