# The mistake: the clock is looked at before the 10 s, not after.
# Caught by: test_tells_a_silent_client_the_time
# Says: is not the present one

import asyncio
from datetime import datetime
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def ticker(ws):
    while True:
        now = datetime.now()
        await asyncio.sleep(10)
        await ws.send_text(f"It is: {now.isoformat()}")


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
