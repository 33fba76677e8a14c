# The mistake: a message that comes before the last was answered takes its place.
# Caught by: test_loses_no_message
# Says: must not take its place
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    """One slot holds the latest message; an event says that there is one."""
    await websocket.accept()
    latest = ""
    news = asyncio.Event()
    gone = False

    async def read() -> None:
        nonlocal latest, gone
        try:
            while True:
                latest = await websocket.receive_text()
                news.set()
        except WebSocketDisconnect:
            gone = True
            news.set()

    reader = asyncio.create_task(read())
    asked = False
    try:
        while True:
            try:
                await asyncio.wait_for(news.wait(), SILENCE)
            except asyncio.TimeoutError:
                if asked:
                    await websocket.close(CODE, REASON)
                    return
                asked = True
                await websocket.send_text(QUESTION)
                continue
            news.clear()
            if gone:
                return
            asked = False
            await websocket.send_text(latest)
    finally:
        reader.cancel()
