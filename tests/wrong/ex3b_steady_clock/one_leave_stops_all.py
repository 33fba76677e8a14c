# The mistake: when one client leaves, the clocks of all are stopped.
# Caught by: test_keeps_a_clock_for_each_connection
# Says: What ends with a connection must be its own
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()
clocks: list[asyncio.Task] = []


async def tell_the_time(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    time = asyncio.create_task(tell_the_time(websocket))
    clocks.append(time)
    try:
        while True:
            text = await websocket.receive_text()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        while clocks:
            clocks.pop().cancel()
