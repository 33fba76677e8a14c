# In another style: one task receives, another answers, a queue between them.

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


async def answer(websocket: WebSocket, queue: asyncio.Queue[str]) -> None:
    number = 0
    while True:
        text = await queue.get()
        number += 1
        await websocket.send_text(f"{number}: {text}")


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    queue: asyncio.Queue[str] = asyncio.Queue()
    worker = asyncio.create_task(answer(websocket, queue))
    try:
        async for text in websocket.iter_text():
            queue.put_nowait(text)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
