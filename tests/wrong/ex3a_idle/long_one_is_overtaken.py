# The mistake: long texts are answered by tasks of their own, and shorter ones overtake them.
# Caught by: test_loses_no_message
# Says: in the order in which they came
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


async def watchdog(websocket: WebSocket) -> None:
    await asyncio.sleep(SILENCE)
    await websocket.send_text(QUESTION)
    await asyncio.sleep(SILENCE)
    await websocket.close(CODE, REASON)


async def big(websocket: WebSocket, text: str) -> None:
    """A long text is worked at in a thread, so that the others are served meanwhile."""
    copy = await asyncio.to_thread("".join, list(text))
    await websocket.send_text(copy)


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    dog = asyncio.create_task(watchdog(websocket))
    try:
        while True:
            text = await websocket.receive_text()
            dog.cancel()
            dog = asyncio.create_task(watchdog(websocket))
            if len(text) > 10_000:
                asyncio.create_task(big(websocket, text))
            else:
                await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        dog.cancel()
