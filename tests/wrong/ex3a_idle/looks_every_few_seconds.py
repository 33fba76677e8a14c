# The mistake: the time is looked at every 2.5 s only, so that the question comes late.
# Caught by: test_takes_the_question_back
# Says: It came, but later
import asyncio
import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


async def watchdog(websocket: WebSocket, state: dict) -> None:
    while True:
        await asyncio.sleep(SILENCE / 4)
        quiet = time.monotonic() - state["last"]
        if quiet >= 2 * SILENCE:
            await websocket.close(CODE, REASON)
            return
        if quiet >= SILENCE and not state["asked"]:
            state["asked"] = True
            await websocket.send_text(QUESTION)


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    state = {"last": time.monotonic(), "asked": False}
    dog = asyncio.create_task(watchdog(websocket, state))
    try:
        while True:
            text = await websocket.receive_text()
            state["last"] = time.monotonic()
            state["asked"] = False
            await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        dog.cancel()
