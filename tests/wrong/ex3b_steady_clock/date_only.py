# The mistake: the date without the time of day.
# Caught by: test_tells_a_silent_client_the_time
# Says: That is the date only
import asyncio
from datetime import date

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def tell(websocket):
    while True:
        await asyncio.sleep(10)
        await websocket.send_text(f"It is: {date.today().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(tell(websocket))
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        task.cancel()
