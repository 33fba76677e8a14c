# In another style: a watchdog that reads time.monotonic() once a second.
import asyncio
import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    last = time.monotonic()
    asked = False

    async def watchdog():
        nonlocal asked
        while True:
            await asyncio.sleep(1)
            silent = time.monotonic() - last
            if silent >= 20:
                await websocket.close(1001, "idle")
                return
            if silent >= 10 and not asked:
                asked = True
                await websocket.send_text("still there?")

    task = asyncio.create_task(watchdog())
    try:
        while True:
            text = await websocket.receive_text()
            last, asked = time.monotonic(), False
            await websocket.send_text(text)
    except WebSocketDisconnect:
        print("a client has left")
    finally:
        task.cancel()
