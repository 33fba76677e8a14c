# The mistake: there is no space after the colon.
# Caught by: test_tells_a_silent_client_the_time
# Says: After the colon stands one space.
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


async def tell_the_time(websocket: WebSocket) -> None:
    while True:
        await asyncio.sleep(PERIOD)
        await websocket.send_text(f"It is:{datetime.now().isoformat()}")


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
