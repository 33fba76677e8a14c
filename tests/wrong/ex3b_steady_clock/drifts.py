# The mistake: it counts on from when it last looked, a little late each time.
# Caught by: test_tells_a_silent_client_the_time
# Says: the next is due 10 s after the last was due
import asyncio, time
from datetime import datetime
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(ws: WebSocket):
    await ws.accept()
    last = time.monotonic()

    async def watch():
        nonlocal last
        while True:
            await asyncio.sleep(0.6)
            if time.monotonic() - last >= 10:
                last = time.monotonic()
                await ws.send_text(f"It is: {datetime.now().isoformat()}")

    w = asyncio.create_task(watch())
    try:
        while True:
            await ws.send_text(await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        w.cancel()
