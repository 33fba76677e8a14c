# The mistake: when the message and the clock are done at once, the message is dropped.
# Caught by: test_loses_no_message
# Says: Both may be done when you look
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked = False
    try:
        while True:
            receive = asyncio.create_task(websocket.receive_text())
            clock = asyncio.create_task(asyncio.sleep(10))
            done, pending = await asyncio.wait(
                {receive, clock}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in pending:
                task.cancel()
            if clock in done:
                if asked:
                    await websocket.close(1001, "idle")
                    return
                asked = True
                await websocket.send_text("still there?")
            else:
                asked = False
                await websocket.send_text(receive.result())
    except WebSocketDisconnect:
        pass
