# The mistake: a moment after the hundredth answer comes another text.
# Caught by: test_serves_others_meanwhile
# Says: Each message gets one answer.
import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(ws: WebSocket):
    await ws.accept()
    n = 0
    k = None

    async def later():
        await asyncio.sleep(0.2)
        try:
            await ws.send_text("a hundred!")
        except WebSocketDisconnect:
            pass

    try:
        while True:
            t = await ws.receive_text()
            n += 1
            await ws.send_text(f"{n}: {t}")
            if n == 100:
                k = asyncio.create_task(later())
    except WebSocketDisconnect:
        pass
    finally:
        if k:
            k.cancel()
