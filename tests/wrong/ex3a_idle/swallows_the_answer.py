# The mistake: the message that answers the question is received and not echoed.
# Caught by: test_takes_the_question_back
# Says: it takes the question back, and it is echoed
import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
                await websocket.send_text(text)
            except TimeoutError:
                await websocket.send_text("still there?")
                try:
                    await asyncio.wait_for(websocket.receive_text(), 10)
                except TimeoutError:
                    await websocket.close(1001, "idle")
                    return
    except WebSocketDisconnect:
        pass
