# The mistake: the work after the receive is cancelled when the time is up, and the message with it.
# Caught by: test_loses_no_message
# Says: to cancel what comes after it does
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()

    async def receive_and_prepare():
        text = await websocket.receive_text()
        await asyncio.sleep(0.001)  # as if something had to be looked up
        return text

    asked = False
    try:
        while True:
            receiving = asyncio.create_task(receive_and_prepare())
            await asyncio.wait({receiving}, timeout=10)
            if receiving.done():
                asked = False
                await websocket.send_text(receiving.result())
                continue
            receiving.cancel()
            if asked:
                await websocket.close(1001, "idle")
                return
            asked = True
            await websocket.send_text("still there?")
    except WebSocketDisconnect:
        pass
