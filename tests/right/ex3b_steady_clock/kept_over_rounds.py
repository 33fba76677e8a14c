# In another style: the starter's loop, with both tasks kept until they are done themselves.
import asyncio
from datetime import UTC, datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    receive = asyncio.create_task(websocket.receive_text())
    tick = asyncio.create_task(asyncio.sleep(10))
    try:
        while True:
            done, _ = await asyncio.wait({receive, tick}, return_when=asyncio.FIRST_COMPLETED)
            if tick in done:
                tick = asyncio.create_task(asyncio.sleep(10))
                await websocket.send_text(f"It is: {datetime.now(UTC).isoformat()}")
            if receive in done:
                text = receive.result()
                receive = asyncio.create_task(websocket.receive_text())
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        receive.cancel()
        tick.cancel()
