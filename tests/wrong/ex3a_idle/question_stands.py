# The mistake: a message and the question at one moment: it answers both, and takes the question for unanswered.
# Caught by: test_loses_no_message
# Says: The client had spoken at the moment

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    asked = False
    message = asyncio.create_task(websocket.receive_text())
    timer = asyncio.create_task(asyncio.sleep(10))
    try:
        while True:
            await asyncio.wait({message, timer}, return_when=asyncio.FIRST_COMPLETED)
            up = timer.done()
            timer.cancel()
            if message.done():
                asked = False
                await websocket.send_text(message.result())
                message = asyncio.create_task(websocket.receive_text())
            if up:
                if asked:
                    await websocket.close(1001, "idle")
                    return
                asked = True
                await websocket.send_text("still there?")
            timer = asyncio.create_task(asyncio.sleep(10))
    except WebSocketDisconnect:
        pass
    finally:
        message.cancel()
        timer.cancel()
