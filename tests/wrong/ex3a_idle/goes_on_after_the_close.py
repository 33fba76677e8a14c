# The mistake: after the close it goes on receiving, and asks again.
# Caught by: test_leaves_nothing_behind
# Says: the server's error log should be empty.
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    silences = 0
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
            except TimeoutError:
                silences += 1
                if silences == 1:
                    await websocket.send_text("still there?")
                else:
                    await websocket.close(1001, "idle")
                    await websocket.send_text("goodbye")
            else:
                silences = 0
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
