# The mistake: the reason is “Idle”.
# Caught by: test_closes_after_another_10_seconds
# Says: The reason is compared to the letter
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    asked = False
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), SILENCE)
            except asyncio.TimeoutError:
                if asked:
                    await websocket.close(CODE, REASON.title())
                    return
                asked = True
                await websocket.send_text(QUESTION)
                continue
            asked = False
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
