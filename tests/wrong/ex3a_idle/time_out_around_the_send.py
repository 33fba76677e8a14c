# The mistake: the time-out is around receiving and sending, and gives up an answer under way.
# Caught by: test_loses_no_message
# Says: only the receiving may be given up
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


async def echo(websocket: WebSocket) -> None:
    await websocket.send_text(await websocket.receive_text())


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    asked = False
    try:
        while True:
            try:
                await asyncio.wait_for(echo(websocket), SILENCE)
            except asyncio.TimeoutError:
                if asked:
                    await websocket.close(CODE, REASON)
                    return
                asked = True
                await websocket.send_text(QUESTION)
                continue
            asked = False
    except WebSocketDisconnect:
        pass
