# The mistake: the clock ends for good if the time cannot be sent at once.
# Caught by: test_loses_no_message
# Says: the clock goes on afterwards

import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()

    async def tell():
        while True:
            await asyncio.sleep(10)
            try:
                # mistake: with a slow client the clock is over for good
                await asyncio.wait_for(
                    websocket.send_text(f"It is: {datetime.now().isoformat()}"), 1
                )
            except TimeoutError:
                return

    task = asyncio.create_task(tell())
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
