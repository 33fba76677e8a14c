# The mistake: whether the question was asked is told by the last text that was sent, which may be an echo.
# Caught by: test_asks_after_10_seconds
# Says: the server had ended the connection (1001

import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    last = ""
    try:
        while True:
            try:
                last = await asyncio.wait_for(ws.receive_text(), 10)
            except asyncio.TimeoutError:
                if last == "still there?":
                    await ws.close(1001, "idle")
                    return
                last = "still there?"
            await ws.send_text(last)
    except WebSocketDisconnect:
        pass
