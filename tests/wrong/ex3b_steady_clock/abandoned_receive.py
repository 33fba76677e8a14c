# The mistake: each round makes a new receive; the old one eats the message after a tick.
# Caught by: test_tells_a_talkative_client_the_time
# Says: and if that is one that was given up, the message is lost
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
                tick = asyncio.create_task(asyncio.sleep(10))
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
            if receive in done:
                await websocket.send_text(receive.result())
    except WebSocketDisconnect:
        pass
    finally:
        tick.cancel()
