# The mistake: all clocks are cancelled at the end, but not after each round.
# Caught by: test_does_not_pile_up_tasks
# Says: What you no longer wait for has to be cancelled
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked, clocks = False, []
    receive = asyncio.create_task(websocket.receive_text())
    try:
        while True:
            clocks.append(asyncio.create_task(asyncio.sleep(10)))
            done, _ = await asyncio.wait({receive, clocks[-1]}, return_when=asyncio.FIRST_COMPLETED)
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
        for task in (receive, *clocks):
            task.cancel()
