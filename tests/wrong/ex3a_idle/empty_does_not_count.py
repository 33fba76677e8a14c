# The mistake: an empty message is echoed but does not start the 10 s anew.
# Caught by: test_starts_anew_with_every_message
# Says: also with an empty one
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
            await asyncio.sleep(0.5)
            silent = time.monotonic() - last
            if silent > 20:
                return await websocket.close(1001, "idle")
            if silent > 10 and not asked:
                asked = True
                await websocket.send_text("still there?")

    task = asyncio.create_task(watch())
    async for text in websocket.iter_text():
        await websocket.send_text(text)
        if text:
            last, asked = time.monotonic(), False
    task.cancel()
