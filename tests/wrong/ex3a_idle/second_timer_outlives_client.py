# The mistake: a client that leaves after the question leaves the timer behind that closes.
# Caught by: test_leaves_nothing_behind
# Says: After 5 clients that left after the question nothing of them should be left.
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    asking = closing = None

    def ask():
        nonlocal closing
        asyncio.ensure_future(websocket.send_text("still there?"))
        closing = loop.call_later(10, end)

    def end():
        asyncio.ensure_future(websocket.close(1001, "idle"))

    asking = loop.call_later(10, ask)
    async for text in websocket.iter_text():
        asking.cancel()
        if closing:
            closing.cancel()
        asking = loop.call_later(10, ask)
        await websocket.send_text(text)
    asking.cancel()
