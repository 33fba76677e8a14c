# In another style: it looks at the clock a hundred times a second.
import asyncio
import time
from datetime import datetime

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

router = APIRouter(prefix="/ws")


async def echoes(ws: WebSocket):
    async for text in ws.iter_text():
        await ws.send_text(text)


async def clockwork(ws: WebSocket):
    start = time.monotonic()
    told = 0
    while True:
        age = time.monotonic() - start
        if int(age // PERIOD) > told:
            told += 1
            await ws.send_text(f"It is: {datetime.now().isoformat()}")
        await asyncio.sleep(0.01)


@router.websocket("")
async def clock(ws: WebSocket):
    await ws.accept()
    jobs = {asyncio.ensure_future(echoes(ws)), asyncio.ensure_future(clockwork(ws))}
    try:
        done, rest = await asyncio.wait(jobs, return_when="FIRST_COMPLETED")
        for job in done:
            if (error := job.exception()) and not isinstance(error, WebSocketDisconnect):
                raise error
    finally:
        for job in jobs:
            job.cancel()


app = FastAPI()
app.include_router(router)
