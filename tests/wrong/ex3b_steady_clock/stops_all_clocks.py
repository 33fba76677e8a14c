# The mistake: a client that leaves stops the clocks of all.
# Caught by: test_keeps_a_clock_for_each_connection
# Says: and nothing came

import asyncio
from datetime import datetime
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
clocks = set()


async def ticker(ws):
    while True:
        await asyncio.sleep(10)
        await ws.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(ws: WebSocket):
    await ws.accept()
    t = asyncio.create_task(ticker(ws))
    clocks.add(t)
    t.add_done_callback(clocks.discard)
    try:
        while True:
            await ws.send_text(await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        for c in list(clocks):
            c.cancel()
        await asyncio.gather(*clocks, return_exceptions=True)
