# In another style: an event loop of its own, in a thread, keeps the time.

import asyncio
import threading
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
bg = asyncio.new_event_loop()
threading.Thread(target=bg.run_forever, daemon=True).start()


@app.websocket("/ws")
async def clock(ws: WebSocket):
    await ws.accept()
    main = asyncio.get_running_loop()

    async def tell():
        try:
            await ws.send_text(f"It is: {datetime.now().isoformat()}")
        except Exception:
            pass

    async def tick():
        due = bg.time()
        while True:
            due += 10
            await asyncio.sleep(due - bg.time())
            asyncio.run_coroutine_threadsafe(tell(), main)

    f = asyncio.run_coroutine_threadsafe(tick(), bg)
    try:
        while True:
            await ws.send_text(await ws.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        f.cancel()
