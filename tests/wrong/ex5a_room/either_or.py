# The mistake: where a text and a message are there at the same time, one is lost.
# Caught by: test_serves_many_who_come_and_go
# Says: Several members spoke at once

import asyncio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
queues = {}


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    queue = queues[websocket] = asyncio.Queue()
    receiving = hearing = None
    try:
        while True:
            receiving = asyncio.create_task(websocket.receive_text())
            hearing = asyncio.create_task(queue.get())
            done, pending = await asyncio.wait(
                {receiving, hearing}, return_when=asyncio.FIRST_COMPLETED
            )
            for task in pending:
                task.cancel()
            if receiving in done:
                text = receiving.result()
                for member, other in queues.items():
                    if member is not websocket:
                        other.put_nowait({"username": username, "message": text})
            elif hearing in done:
                await websocket.send_json(hearing.result())
    except WebSocketDisconnect:
        pass
    finally:
        del queues[websocket]
        for task in (receiving, hearing):
            task.cancel()
