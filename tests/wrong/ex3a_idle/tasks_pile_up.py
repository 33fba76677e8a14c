# The mistake: each round makes a task that sleeps and that nobody cancels.
# Caught by: test_does_not_pile_up_tasks
# Says: What you no longer wait for has to be cancelled
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked = False
    receive = asyncio.create_task(websocket.receive_text())
    try:
        while True:
            clock = asyncio.create_task(asyncio.sleep(10))
            done, _ = await asyncio.wait({receive, clock}, return_when=asyncio.FIRST_COMPLETED)
            if receive in done:
                asked = False
                await websocket.send_text(receive.result())
                receive = asyncio.create_task(websocket.receive_text())
            elif asked:
                await websocket.close(1001, "idle")
                return
            else:
                asked = True
                await websocket.send_text("still there?")
    except WebSocketDisconnect:
        pass
    finally:
        receive.cancel()
