# The mistake: messages are answered when a loop looks for them, once a second.
# Caught by: test_echoes_text_unchanged
# Says: The answers to 5 messages took
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    inbox: list[str] = []

    async def read() -> None:
        while True:
            inbox.append(await websocket.receive_text())

    reader = asyncio.create_task(read())
    quiet = 0
    try:
        while True:
            await asyncio.sleep(1)
            quiet += 1
            if inbox:
                quiet = 0
                while inbox:
                    await websocket.send_text(inbox.pop(0))
            if reader.done():
                reader.result()
            if quiet == SILENCE:
                await websocket.send_text(QUESTION)
            if quiet == 2 * SILENCE:
                await websocket.close(CODE, REASON)
                return
    except WebSocketDisconnect:
        pass
    finally:
        reader.cancel()
