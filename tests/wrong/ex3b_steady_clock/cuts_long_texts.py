# The mistake: texts are cut after 100,000 bytes.
# Caught by: test_echoes_text_unchanged
# Says: It was cut after 100,000 characters.
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


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
            text = await websocket.receive_text()
            await websocket.send_text(text.encode("utf-8")[:100_000].decode("utf-8", "ignore"))
    except WebSocketDisconnect:
        pass
    finally:
        time.cancel()
