# In another style: no task at all, wait_for until the next moment by loop.time().
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    loop = asyncio.get_running_loop()
    due = loop.time() + 10
    while True:
        try:
            text = await asyncio.wait_for(websocket.receive_text(), due - loop.time())
        except TimeoutError:
            due += 10
            await websocket.send_text("It is: " + datetime.now().astimezone().isoformat())
        except WebSocketDisconnect:
            break
        else:
            await websocket.send_text(text)
