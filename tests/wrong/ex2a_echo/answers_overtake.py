# The mistake: each message is answered in a task of its own, the shorter ones sooner.
# Caught by: test_goes_on_answering
# Says: in the order in which they came

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0

    async def answer(n, text):
        await asyncio.sleep(0 if len(text) < 3 else 0.05)
        await websocket.send_text(f"{n}: {text}")

    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            asyncio.create_task(answer(n, text))
    except WebSocketDisconnect:
        pass
