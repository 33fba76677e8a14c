# The mistake: the time-out is around receiving and sending, and gives up an answer under way.
# Caught by: test_loses_no_message
# Says: only the receiving may be given up
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    loop = asyncio.get_running_loop()
    due = loop.time() + PERIOD
    try:
        while True:
            try:
                async with asyncio.timeout_at(due):
                    await websocket.send_text(await websocket.receive_text())
            except TimeoutError:
                due += PERIOD
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
                continue
    except WebSocketDisconnect:
        pass
