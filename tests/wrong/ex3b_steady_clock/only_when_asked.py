# The mistake: it looks at the clock only when a message comes.
# Caught by: test_tells_a_silent_client_the_time
# Says: without being asked
import time
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    due = time.monotonic() + 10
    async for text in websocket.iter_text():
        if time.monotonic() >= due:
            due += 10
            await websocket.send_text(f"It is: {datetime.now().isoformat()}")
        await websocket.send_text(text)
