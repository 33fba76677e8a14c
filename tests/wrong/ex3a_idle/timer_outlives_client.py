# The mistake: the timer is not cancelled when the client leaves.
# Caught by: test_leaves_nothing_behind
# Says: timers are still to go off
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    timer = None

    def ask():
        nonlocal timer
        asyncio.ensure_future(websocket.send_text("still there?"))
        timer = loop.call_later(10, end)

    def end():
        asyncio.ensure_future(websocket.close(1001, "idle"))

    timer = loop.call_later(10, ask)
    async for text in websocket.iter_text():
        timer.cancel()
        timer = loop.call_later(10, ask)
        await websocket.send_text(text)
