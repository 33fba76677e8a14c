# The mistake: one clock tells everybody the time at the same moment.
# Caught by: test_keeps_a_clock_for_each_connection
# Says: One clock for all cannot do that
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket

app = FastAPI()
members = set()
ticking = None


async def tick():
    while True:
        await asyncio.sleep(10)
        for member in list(members):
            await member.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    global ticking
    await websocket.accept()
    members.add(websocket)
    if ticking is None:
        ticking = asyncio.create_task(tick())
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    finally:
        members.discard(websocket)
