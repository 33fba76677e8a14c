# The mistake: the times are a second too long.
# Caught by: test_keeps_to_its_times
# Says: It should have been 10 s and 20 s.
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
                async with asyncio.timeout(11 if not asked else 10):
                    text = await websocket.receive_text()
            except TimeoutError:
                if asked:
                    await websocket.close(1001, "idle")
                    return
                asked = True
                await websocket.send_text("still there?")
            else:
                asked = False
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
