# The mistake: the time-out begins anew with each message, as in the chapter.
# Caught by: test_tells_a_talkative_client_the_time
# Says: each message puts the clock off
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
            except TimeoutError:
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
            else:
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
