# The mistake: it looks every 10 s from the opening whether something was said meanwhile.
# Caught by: test_asks_after_10_seconds
# Says: It came, but later. The 10 s run from the last message
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    quiet_periods = 0
    heard = False

    async def ticking() -> None:
        nonlocal quiet_periods, heard
        while True:
            await asyncio.sleep(SILENCE)
            quiet_periods = 0 if heard else quiet_periods + 1
            heard = False
            if quiet_periods == 1:
                await websocket.send_text(QUESTION)
            elif quiet_periods == 2:
                await websocket.close(CODE, REASON)
                return

    ticker = asyncio.create_task(ticking())
    try:
        while True:
            text = await websocket.receive_text()
            heard = True
            quiet_periods = 0
            await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        ticker.cancel()
