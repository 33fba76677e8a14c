# The mistake: receive and answer are one task that the tick cancels, also after the receive.
# Caught by: test_loses_no_message
# Says: must not be lost
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def answer(websocket):
    text = await websocket.receive_text()
    await asyncio.sleep(0.001)  # as if something had to be looked up
    await websocket.send_text(text)


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    due = loop.time() + 10
    try:
        while True:
            try:
                async with asyncio.timeout_at(due):
                    while True:
                        await answer(websocket)
            except TimeoutError:
                due += 10
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except WebSocketDisconnect:
        pass
