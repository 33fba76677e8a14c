# The mistake: the receive that was still pending is not cancelled and eats the next message.
# Caught by: test_takes_the_question_back
# Says: and if that is one that was given up, the message is lost
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked = False
    try:
        while True:
            receive = asyncio.create_task(websocket.receive_text())
            done, _ = await asyncio.wait({receive}, timeout=10)
            if done:
                asked = False
                await websocket.send_text(receive.result())
            elif asked:
                await websocket.close(1001, "idle")
                return
            else:
                asked = True
                await websocket.send_text("still there?")
    except WebSocketDisconnect:
        pass
