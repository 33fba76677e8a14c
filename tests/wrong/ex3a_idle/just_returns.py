# The mistake: it returns without closing, which a client sees as 1006.
# Caught by: test_closes_after_another_10_seconds
# Says: 1006 is what a client reports when the connection ended without a close frame
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
            except TimeoutError:
                await websocket.send_text("still there?")
                try:
                    text = await asyncio.wait_for(websocket.receive_text(), 10)
                except TimeoutError:
                    return
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
