# The mistake: when one client leaves, the timers of all are cancelled.
# Caught by: test_keeps_the_time_of_each_connection_by_itself
# Says: What ends with a connection must be its own
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()
dogs: set[asyncio.Task] = set()


async def watchdog(websocket: WebSocket) -> None:
    await asyncio.sleep(SILENCE)
    await websocket.send_text(QUESTION)
    await asyncio.sleep(SILENCE)
    await websocket.close(CODE, REASON)


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    dog = asyncio.create_task(watchdog(websocket))
    dogs.add(dog)
    try:
        while True:
            text = await websocket.receive_text()
            dog.cancel()
            dogs.discard(dog)
            dog = asyncio.create_task(watchdog(websocket))
            dogs.add(dog)
            await websocket.send_text(text)
    except (WebSocketDisconnect, RuntimeError):
        pass
    finally:
        for task in dogs:
            task.cancel()
        dogs.clear()
