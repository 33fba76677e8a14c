# In another style: an asynchronous generator of ticks under asyncio.gather; a sync dependency.
from typing import Annotated

import anyio
from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


def period() -> float:
    return 10.0


async def ticks(period: float):
    due = anyio.current_time()
    while True:
        due += period
        await anyio.sleep_until(due)
        yield due


async def tell(websocket: WebSocket, period: float):
    from datetime import datetime

    async for _ in ticks(period):
        await websocket.send_text(f"It is: {datetime.now().isoformat(timespec='minutes')}")


@app.websocket("/ws")
async def clock(websocket: WebSocket, period: Annotated[float, Depends(period)]):
    await websocket.accept()
    async with anyio.create_task_group() as group:
        group.start_soon(tell, websocket, period)
        try:
            while True:
                await websocket.send_text(await websocket.receive_text())
        except WebSocketDisconnect:
            group.cancel_scope.cancel()
