# The mistake: nobody expects WebSocketDisconnect.
# Caught by: test_leaves_nothing_behind
# Says: says that the client has gone: the endpoint should expect it
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked = False
    while True:
        receive = asyncio.create_task(websocket.receive_text())
        done, pending = await asyncio.wait({receive}, timeout=10)
        for task in pending:
            task.cancel()
        if done:
            await websocket.send_text(receive.result())
            asked = False
        elif not asked:
            await websocket.send_text("still there?")
            asked = True
        else:
            await websocket.close(1001, "idle")
            return
