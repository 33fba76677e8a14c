# In another style: a task that looks at time.monotonic() once a second.
import asyncio
import time
from datetime import datetime

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect

router = APIRouter()


async def watch(websocket: WebSocket) -> None:
    started, told = time.monotonic(), 0
    while True:
        await asyncio.sleep(1)
        age = time.monotonic() - started
        if age >= 10 * (told + 1):
            told += 1
            await websocket.send_text(f"It is: {datetime.utcnow().isoformat()}")


@router.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    watching = asyncio.create_task(watch(websocket))
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        watching.cancel()
        try:
            await watching
        except asyncio.CancelledError:
            pass


app = FastAPI()
app.include_router(router)
