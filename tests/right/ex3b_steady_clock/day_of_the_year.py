# In another style: the date is told by the day of the year, as ISO 8601 has it too.

import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def ticker(ws):
    while True:
        await asyncio.sleep(10)
        await ws.send_text(datetime.now().strftime("It is: %Y-%jT%H:%M:%S"))


@app.websocket("/ws")
async def clock(ws: WebSocket):
    await ws.accept()
    t = asyncio.create_task(ticker(ws))
    try:
        while True:
            await ws.send_text(await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        t.cancel()
        await asyncio.gather(t, return_exceptions=True)
