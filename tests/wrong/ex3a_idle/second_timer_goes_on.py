# The mistake: an answer does not stop the timer that closes.
# Caught by: test_takes_the_question_back
# Says: A message takes the question back
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    timers = []

    def ask():
        asyncio.ensure_future(websocket.send_text("still there?"))
        timers.append(loop.call_later(10, end))

    def end():
        asyncio.ensure_future(websocket.close(1001, "idle"))

    asking = loop.call_later(10, ask)
    try:
        async for text in websocket.iter_text():
            asking.cancel()
            await websocket.send_text(text)
            asking = loop.call_later(10, ask)
    finally:
        for timer in [asking, *timers]:
            timer.cancel()
