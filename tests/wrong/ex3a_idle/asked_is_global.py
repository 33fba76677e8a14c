# The mistake: whether the question was asked stands in a global.
# Caught by: test_keeps_the_time_of_each_connection_by_itself
# Says: has to belong to the connection
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()
asked = False


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    global asked
    await websocket.accept()
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), SILENCE)
            except asyncio.TimeoutError:
                if asked:
                    await websocket.close(CODE, REASON)
                    return
                asked = True
                await websocket.send_text(QUESTION)
                continue
            asked = False
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
