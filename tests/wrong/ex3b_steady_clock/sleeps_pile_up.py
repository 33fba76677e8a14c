# The mistake: each round makes another sleep until the same moment.
# Caught by: test_does_not_pile_up_tasks
# Says: Each round leaves a task behind
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    due = loop.time() + 10
    sleeping = set()
    receive = asyncio.create_task(websocket.receive_text())
    try:
        while True:
            tick = asyncio.create_task(asyncio.sleep(due - loop.time()))
            sleeping.add(tick)
            await asyncio.wait({receive, tick}, return_when=asyncio.FIRST_COMPLETED)
            if loop.time() >= due:
                due += 10
                await websocket.send_text(f"It is: {datetime.now().isoformat()}")
            if receive.done():
                await websocket.send_text(receive.result())
                receive = asyncio.create_task(websocket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        for task in (receive, *sleeping):
            task.cancel()
