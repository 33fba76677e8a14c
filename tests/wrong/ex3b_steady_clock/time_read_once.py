# The mistake: the time is read when the module is imported.
# Caught by: test_tells_a_silent_client_the_time
# Says: The clock stands still
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
NOW = datetime.now().isoformat()


async def tell(websocket, now=NOW):
    while True:
        await asyncio.sleep(10)
        await websocket.send_text(f"It is: {now}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(tell(websocket))
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        task.cancel()
