# The mistake: it remembers for ever that it has asked.
# Caught by: test_takes_the_question_back
# Says: An earlier question had been answered
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
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
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
