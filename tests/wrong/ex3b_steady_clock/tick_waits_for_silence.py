# The mistake: the clock is looked at only after a second without a message.
# Caught by: test_tells_a_talkative_client_the_time
# Says: each message puts the clock off

import asyncio
import time
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    due = time.monotonic() + 10
    try:
        while True:
            # mistake: looks for the clock only when nothing came for a second
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 1)
                await websocket.send_text(text)
                continue
            except TimeoutError:
                pass
            if time.monotonic() >= due:
                due += 10
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except WebSocketDisconnect:
        pass
