# The mistake: the time of the last message is kept once, for all connections.
# Caught by: test_keeps_the_time_of_each_connection_by_itself
# Says: has to belong to the connection
import asyncio
import time

from fastapi import FastAPI, WebSocket

app = FastAPI()
last_message = 0.0


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    global last_message
    await websocket.accept()
    last_message = time.monotonic()

    async def watch():
        asked_at = None
        while True:
            await asyncio.sleep(0.5)
            now = time.monotonic()
            if asked_at is not None and last_message > asked_at:
                asked_at = None
            if asked_at is not None and now - asked_at >= 10:
                return await websocket.close(1001, "idle")
            if asked_at is None and now - last_message >= 10:
                asked_at = now
                await websocket.send_text("still there?")

    task = asyncio.create_task(watch())
    async for text in websocket.iter_text():
        last_message = time.monotonic()
        await websocket.send_text(text)
    task.cancel()
