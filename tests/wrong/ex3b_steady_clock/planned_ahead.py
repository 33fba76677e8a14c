# The mistake: all times of the day are planned when the client comes.
# Caught by: test_leaves_nothing_behind
# Says: timers are still to go off

import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    loop = asyncio.get_running_loop()
    open_ = True

    async def tell():
        try:
            await websocket.send_text(f"It is: {datetime.now().isoformat()}")
        except (WebSocketDisconnect, RuntimeError):
            pass

    def strike():
        if open_:
            loop.create_task(tell())

    for n in range(1, 361):  # mistake: an hour of timers, never cancelled
        loop.call_later(10 * n, strike)
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        open_ = False
