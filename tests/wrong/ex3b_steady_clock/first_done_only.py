# The mistake: when the clock and a message are done at once, the message is dropped.
# Caught by: test_loses_no_message
# Says: Both may be done when you look
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    tick = asyncio.create_task(asyncio.sleep(10))
    try:
        while True:
            receive = asyncio.create_task(websocket.receive_text())
            done, _ = await asyncio.wait({receive, tick}, return_when=asyncio.FIRST_COMPLETED)
            if tick in done:
                receive.cancel()
                tick = asyncio.create_task(asyncio.sleep(10))
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
            else:
                await websocket.send_text(receive.result())
    except WebSocketDisconnect:
        pass
    finally:
        tick.cancel()
