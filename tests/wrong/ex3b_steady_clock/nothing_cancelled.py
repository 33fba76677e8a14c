# The mistake: the chapter's loop without cancelling; old clocks go on, and more come every round.
# Caught by: test_tells_a_talkative_client_the_time
# Says: second 11
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def echo(websocket):
    await websocket.send_text(await websocket.receive_text())


async def tell(websocket):
    await asyncio.sleep(10)
    await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            tasks = {asyncio.create_task(echo(websocket)), asyncio.create_task(tell(websocket))}
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    except WebSocketDisconnect:
        pass
