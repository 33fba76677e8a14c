# The mistake: a connection is closed after some time, although the client talks.
# Caught by: test_takes_the_question_back
# Says: ended although the client was talking
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


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    loop = asyncio.get_running_loop()
    opened = loop.time()
    dog = asyncio.create_task(watchdog(websocket))
    try:
        while True:
            text = await websocket.receive_text()
            dog.cancel()
            dog = asyncio.create_task(watchdog(websocket))
            if loop.time() - opened > 60:
                await websocket.close(CODE, REASON)
                return
            await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        dog.cancel()
