# The mistake: it waits for the message and the clock, not for whichever is first.
# Caught by: test_echoes_text_unchanged
# Says: and nothing came
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            receive = asyncio.create_task(websocket.receive_text())
            clock = asyncio.create_task(asyncio.sleep(10))
            done, _ = await asyncio.wait({receive, clock})
            if receive in done:
                await websocket.send_text(receive.result())
            else:
                await websocket.send_text("still there?")
    except WebSocketDisconnect:
        pass
