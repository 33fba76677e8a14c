# The mistake: connections are entered in a list and never taken out.
# Caught by: test_leaves_nothing_behind
# Says: Take a connection out when it ends
import asyncio
import time

from fastapi import FastAPI, WebSocket

app = FastAPI()
last_heard = {}


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    last_heard[websocket] = time.monotonic()
    asked = False

    async def watch():
        nonlocal asked
        while True:
            await asyncio.sleep(0.5)
            silent = time.monotonic() - last_heard[websocket]
            if silent > 20:
                return await websocket.close(1001, "idle")
            if silent > 10 and not asked:
                asked = True
                await websocket.send_text("still there?")

    task = asyncio.create_task(watch())
    async for text in websocket.iter_text():
        last_heard[websocket] = time.monotonic()
        asked = False
        await websocket.send_text(text)
    task.cancel()
