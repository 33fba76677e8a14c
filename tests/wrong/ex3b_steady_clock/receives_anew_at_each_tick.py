# The mistake: each time that is told, one more task receives beside the one that still waits.
# Caught by: test_does_not_pile_up_tasks
# Says: Each time that is told leaves a task behind

import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


async def echo(websocket: WebSocket) -> None:
    text = await websocket.receive_text()
    await websocket.send_text(text)


async def tell_the_time(websocket: WebSocket) -> None:
    await asyncio.sleep(PERIOD)
    await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        time = asyncio.create_task(tell_the_time(websocket))
        while True:
            message = asyncio.create_task(echo(websocket))
            done, pending = await asyncio.wait({message, time}, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            if time in done:
                time = asyncio.create_task(tell_the_time(websocket))
    except WebSocketDisconnect:
        pass
    finally:
        time.cancel()
        message.cancel()
