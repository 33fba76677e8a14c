# The mistake: the clock sees that the client has left, but only at its next tick.
# Caught by: test_leaves_nothing_behind
# Says: Whoever makes a task for a connection cancels it when the connection ends.
import asyncio
from datetime import datetime

from fastapi import FastAPI, WebSocket
from starlette.websockets import WebSocketState

app = FastAPI()


async def tell(websocket):
    while websocket.client_state == WebSocketState.CONNECTED:
        await asyncio.sleep(10)
        if websocket.client_state == WebSocketState.CONNECTED:
            await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    telling = asyncio.create_task(tell(websocket))
    async for text in websocket.iter_text():
        await websocket.send_text(text)
    print("left", telling)
