# The mistake: the date is that of the program's start, the hour is the present one.
# Caught by: test_tells_a_silent_client_the_time
# Says: belong together

import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()
TODAY = datetime(2026, 11, 1).date()


async def echo(websocket: WebSocket) -> None:
    while True:
        text = await websocket.receive_text()
        await websocket.send_text(text)


async def tell_the_time(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        await websocket.send_text(f"It is: {TODAY}T{datetime.now().time()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    time = asyncio.create_task(tell_the_time(websocket))
    try:
        await echo(websocket)
    except WebSocketDisconnect:
        pass
    finally:
        time.cancel()
        await asyncio.gather(time, return_exceptions=True)
