# The mistake: one time-out around the whole loop, which gives up an answer under way.
# Caught by: test_loses_no_message
# Says: only the receiving may be given up
import asyncio

from fastapi import FastAPI, WebSocket

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


async def serve(websocket: WebSocket) -> None:
    loop = asyncio.get_running_loop()
    asked = False
    while True:
        try:
            async with asyncio.timeout(SILENCE) as scope:
                async for text in websocket.iter_text():
                    scope.reschedule(loop.time() + SILENCE)
                    asked = False
                    await websocket.send_text(text)
                return
        except TimeoutError:
            if asked:
                await websocket.close(CODE, REASON)
                return
            asked = True
            await websocket.send_text(QUESTION)


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    await serve(websocket)
