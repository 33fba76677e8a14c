# The mistake: it asks every 10 s and never closes.
# Caught by: test_closes_after_another_10_seconds
# Says: The question is asked once.
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
            done, pending = await asyncio.wait(
                {receive, clock}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in pending:
                task.cancel()
            if receive in done:
                await websocket.send_text(receive.result())
            else:
                await websocket.send_text("still there?")
    except WebSocketDisconnect:
        pass
