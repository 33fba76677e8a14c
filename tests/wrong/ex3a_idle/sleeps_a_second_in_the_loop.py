# The mistake: the watchdog looks once a second, but waits with time.sleep.
# Caught by: test_echoes_text_unchanged
# Says: while it sleeps, the server serves nobody
import asyncio
import time

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    last, asked = time.monotonic(), False

    async def watch():
        nonlocal asked
        while True:
            time.sleep(1)
            await asyncio.sleep(0)
            silent = time.monotonic() - last
            if silent > 20:
                return await websocket.close(1001, "idle")
            if silent > 10 and not asked:
                asked = True
                await websocket.send_text("still there?")

    task = asyncio.create_task(watch())
    async for text in websocket.iter_text():
        last, asked = time.monotonic(), False
        await websocket.send_text(text)
    task.cancel()
