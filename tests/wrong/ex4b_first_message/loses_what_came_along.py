# The mistake: what comes along with the token is lost.
# Caught by: test_echoes_after_the_welcome
# Says: It came along with the token

import asyncio, json
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()


async def read(websocket, queue):
    while True:
        message = await websocket.receive()
        queue.put_nowait(message)
        if message["type"] == "websocket.disconnect":
            return


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    await websocket.accept()
    queue = asyncio.Queue()
    reader = asyncio.create_task(read(websocket, queue))
    try:
        try:
            first = await asyncio.wait_for(queue.get(), 5)
            if first["type"] == "websocket.disconnect":
                return
            name = USERS[json.loads(first["text"])["token"]]
        except (TimeoutError, KeyError, ValueError, TypeError):
            await websocket.close(1008)
            return
        await websocket.send_json({"welcome": name})
        while not queue.empty():  # start afresh
            if queue.get_nowait()["type"] == "websocket.disconnect":
                return
        while (message := await queue.get())["type"] != "websocket.disconnect":
            await websocket.send_text(message["text"])
    except WebSocketDisconnect:
        pass
    finally:
        reader.cancel()
        await asyncio.wait([reader])
