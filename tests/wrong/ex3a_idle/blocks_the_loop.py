# The mistake: time.sleep in a watchdog, which stops every client.
# Caught by: test_echoes_text_unchanged
# Says: while it sleeps, the server serves nobody
import asyncio
import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def watch(websocket):
    time.sleep(10)
    await websocket.send_text("still there?")
    time.sleep(10)
    await websocket.close(1001, "idle")


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    task = asyncio.create_task(watch(websocket))
    try:
        while True:
            text = await websocket.receive_text()
            task.cancel()
            await websocket.send_text(text)
            task = asyncio.create_task(watch(websocket))
    except WebSocketDisconnect:
        task.cancel()
