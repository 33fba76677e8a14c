# The mistake: one lock for all connections is held while a client is waited for.
# Caught by: test_keeps_the_time_of_each_connection_by_itself
# Says: Is there a lock that one connection holds
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()
lock = asyncio.Lock()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    asked = False
    try:
        while True:
            try:
                async with lock:
                    text = await asyncio.wait_for(websocket.receive_text(), SILENCE)
            except asyncio.TimeoutError:
                if asked:
                    await websocket.close(CODE, REASON)
                    return
                asked = True
                await websocket.send_text(QUESTION)
                continue
            asked = False
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
