# The mistake: the time of day without its date.
# Caught by: test_tells_a_silent_client_the_time
# Says: what `isoformat()` of a `datetime` gives
import asyncio
import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def tell(websocket):
    while True:
        await asyncio.sleep(10)
        await websocket.send_text(f"It is: {time.strftime('%H:%M:%S')}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(tell(websocket))
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        task.cancel()
