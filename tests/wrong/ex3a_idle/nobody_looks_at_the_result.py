# The mistake: the receiving task ends with an exception that nobody retrieves.
# Caught by: test_leaves_nothing_behind
# Says: Nobody looked at the result
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    heard = asyncio.Event()

    async def listen():
        while True:
            text = await websocket.receive_text()
            heard.set()
            await websocket.send_text(text)

    async def watch():
        asked = False
        while True:
            try:
                await asyncio.wait_for(heard.wait(), 10)
                heard.clear()
                asked = False
            except TimeoutError:
                if asked:
                    return await websocket.close(1001, "idle")
                asked = True
                await websocket.send_text("still there?")

    tasks = {asyncio.create_task(listen()), asyncio.create_task(watch())}
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
