# The mistake: a long text is answered after the short ones that follow it.
# Caught by: test_goes_on_answering
# Says: in the order in which they came

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def answer(websocket, n, text):
    if len(text) > 100:
        await asyncio.to_thread(text.encode)
    await websocket.send_text(f"{n}: {text}")


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    tasks = set()
    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            task = asyncio.create_task(answer(websocket, n, text))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    except WebSocketDisconnect:
        pass
