# The mistake: the time is left out when the client spoke less than half a second before.
# Caught by: test_tells_a_talkative_client_the_time
# Says: the time was left out
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    loop = asyncio.get_running_loop()
    last = 0.0
    due = loop.time() + PERIOD
    try:
        while True:
            try:
                async with asyncio.timeout_at(due):
                    text = await websocket.receive_text()
            except TimeoutError:
                due += PERIOD
                if loop.time() - last > 0.5:
                    await websocket.send_text(f"It is: {datetime.now().isoformat()}")
                continue
            last = loop.time()
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
