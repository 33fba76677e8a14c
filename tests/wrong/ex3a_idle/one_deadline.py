# The mistake: the 10 s are counted from the connection on, not from the last message.
# Caught by: test_starts_anew_with_every_message
# Says: The 10 s have to start anew with each message
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()

    async def clock():
        await asyncio.sleep(10)
        await websocket.send_text("still there?")
        await asyncio.sleep(10)
        await websocket.close(1001, "idle")

    task = asyncio.create_task(clock())
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        task.cancel()
