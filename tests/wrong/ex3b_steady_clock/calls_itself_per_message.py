# The mistake: a function calls itself for each message, and Python stops it after a thousand.
# Caught by: test_echoes_at_once
# Says: goes one call deeper each time
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


async def tell_the_time(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


async def talk(websocket: WebSocket) -> None:
    await websocket.send_text(await websocket.receive_text())
    await talk(websocket)


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    time = asyncio.create_task(tell_the_time(websocket))
    try:
        await talk(websocket)
    except WebSocketDisconnect:
        pass
    finally:
        time.cancel()
