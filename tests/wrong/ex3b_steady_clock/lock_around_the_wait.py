# The mistake: one lock for all connections is held while a client is waited for.
# Caught by: test_keeps_a_clock_for_each_connection
# Says: Is there a lock that one connection holds
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()
lock = asyncio.Lock()


async def tell_the_time(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    time = asyncio.create_task(tell_the_time(websocket))
    try:
        while True:
            async with lock:
                text = await websocket.receive_text()
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        time.cancel()
