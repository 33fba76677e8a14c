# The mistake: a function calls itself for each message, and Python stops it after a thousand.
# Caught by: test_loses_no_message
# Says: goes one call deeper each time
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


async def talk(websocket: WebSocket, asked: bool) -> None:
    try:
        text = await asyncio.wait_for(websocket.receive_text(), SILENCE)
    except asyncio.TimeoutError:
        if asked:
            await websocket.close(CODE, REASON)
            return
        await websocket.send_text(QUESTION)
        await talk(websocket, asked=True)
    else:
        await websocket.send_text(text)
        await talk(websocket, asked=False)


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        await talk(websocket, asked=False)
    except WebSocketDisconnect:
        pass
