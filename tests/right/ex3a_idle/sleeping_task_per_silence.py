# In another style: two sleeping tasks beside a receive that lives on, FIRST_COMPLETED.
import asyncio
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    receive = asyncio.create_task(websocket.receive())
    question = asyncio.create_task(asyncio.sleep(10))
    end = asyncio.create_task(asyncio.sleep(20))
    try:
        while True:
            waited = {receive, end} if question.done() else {receive, question, end}
            done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if receive in done:
                message = receive.result()
                if message["type"] == "websocket.disconnect":
                    return
                receive = asyncio.create_task(websocket.receive())
                question.cancel()
                end.cancel()
                question = asyncio.create_task(asyncio.sleep(10))
                end = asyncio.create_task(asyncio.sleep(20))
                await websocket.send({"type": "websocket.send", "text": message["text"]})
            elif end in done:
                await websocket.close(1001, "idle")
                return
            elif question in done:
                await websocket.send_text("still there?")
    except WebSocketDisconnect:
        pass
    finally:
        for task in (receive, question, end):
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
