# In another style: inbox and client are looked at every 20 ms.

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
inboxes = {}
counter = 0


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    global counter
    await websocket.accept()
    counter = counter + 1
    me = counter
    inboxes[me] = []
    receiving = asyncio.create_task(websocket.receive())
    try:
        while True:
            while len(inboxes[me]) > 0:
                data = inboxes[me].pop(0)
                try:
                    await websocket.send_json(data)
                except Exception as e:
                    print("lost:", e)
            if receiving.done():
                message = receiving.result()
                if message["type"] == "websocket.disconnect":
                    break
                for other in inboxes:
                    if other != me:
                        inboxes[other].append({"username": username, "message": message["text"]})
                receiving = asyncio.create_task(websocket.receive())
            await asyncio.sleep(0.02)
    finally:
        receiving.cancel()
        del inboxes[me]
