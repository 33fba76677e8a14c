# The mistake: the reason is missing.
# Caught by: test_closes_after_another_10_seconds
# Says: `close()` takes a code and a reason.
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked = False
    try:
        while True:
            try:
                async with asyncio.timeout(10):
                    text = await websocket.receive_text()
            except TimeoutError:
                if asked:
                    await websocket.close(1001)
                    return
                asked = True
                await websocket.send_text("still there?")
            else:
                asked = False
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
