# The mistake: the task that asks is not cancelled when the client leaves.
# Caught by: test_leaves_nothing_behind
# Says: Whoever makes a task for a connection cancels it when the connection ends.
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


async def ask(websocket):
    try:
        await asyncio.sleep(10)
        await websocket.send_text("still there?")
        await asyncio.sleep(10)
        await websocket.close(1001, "idle")
    except (WebSocketDisconnect, RuntimeError):
        pass  # it has left


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    clock = asyncio.create_task(ask(websocket))
    try:
        while True:
            text = await websocket.receive_text()
            clock.cancel()
            await websocket.send_text(text)
            clock = asyncio.create_task(ask(websocket))
    except WebSocketDisconnect:
        pass
