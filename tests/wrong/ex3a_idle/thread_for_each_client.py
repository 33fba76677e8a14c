# The mistake: each client takes a thread of the pool, which has 40.
# Caught by: test_keeps_the_time_of_each_connection_by_itself
# Says: however many there are

import asyncio
import threading
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.concurrency import run_in_threadpool

app = FastAPI()


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    heard = threading.Event()
    over = False

    async def watch():
        asked = False
        while not over:
            if await run_in_threadpool(heard.wait, 10):
                heard.clear()
                asked = False
            elif asked:
                await ws.close(1001, "idle")
                return
            else:
                asked = True
                await ws.send_text("still there?")

    t = asyncio.create_task(watch())
    try:
        while True:
            text = await ws.receive_text()
            heard.set()
            await ws.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        over = True
        heard.set()
        await asyncio.gather(t, return_exceptions=True)
