# The mistake: answers are collected and sent once a second.
# Caught by: test_echoes_text_unchanged
# Says: The answers to 5 messages took
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    loop = asyncio.get_running_loop()
    due = loop.time() + PERIOD
    inbox: list[str] = []

    async def read() -> None:
        while True:
            inbox.append(await websocket.receive_text())

    reader = asyncio.create_task(read())
    try:
        while not reader.done():
            await asyncio.sleep(0.9)
            while inbox:
                await websocket.send_text(inbox.pop(0))
            if loop.time() >= due:
                due += PERIOD
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
        reader.result()
    except WebSocketDisconnect:
        pass
    finally:
        reader.cancel()
