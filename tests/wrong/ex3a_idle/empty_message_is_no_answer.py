# The mistake: an empty message does not take the question back.
# Caught by: test_takes_the_question_back
# Says: waited for "still there?"
import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    asked = False
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
            except TimeoutError:
                if asked:
                    await websocket.close(1001, "idle")
                    return
                asked = True
                await websocket.send_text("still there?")
            else:
                if text:
                    asked = False
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
