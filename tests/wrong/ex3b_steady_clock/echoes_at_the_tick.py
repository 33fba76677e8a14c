# The mistake: messages are collected, and answered when the clock ticks.
# Caught by: test_echoes_text_unchanged
# Says: and nothing came
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    texts = []

    async def listen():
        async for text in websocket.iter_text():
            texts.append(text)

    listening = asyncio.create_task(listen())
    try:
        while not listening.done():
            await asyncio.wait({listening}, timeout=10)
            for text in texts:
                await websocket.send_text(text)
            texts.clear()
            await websocket.send_text(f"It is: {datetime.now().isoformat()}")
    except WebSocketDisconnect:
        pass
