# In another style: one shared task, started lazily, looks once a second who is late.

import asyncio
import json
import time

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


class Hall:
    def __init__(self):
        self.waiting: dict[WebSocket, float] = {}
        self.watchdog: asyncio.Task | None = None

    def enter(self, websocket: WebSocket) -> None:
        self.waiting[websocket] = time.monotonic() + 5
        if self.watchdog is None:
            self.watchdog = asyncio.create_task(self.watch())

    def leave(self, websocket: WebSocket) -> bool:
        return self.waiting.pop(websocket, None) is not None

    async def watch(self) -> None:
        while True:
            await asyncio.sleep(1)
            for websocket, deadline in list(self.waiting.items()):
                if time.monotonic() >= deadline and self.leave(websocket):
                    await websocket.close(1008)


hall = Hall()


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    await websocket.accept()
    hall.enter(websocket)
    try:
        first = await websocket.receive()
    finally:
        in_time = hall.leave(websocket)
    if first["type"] == "websocket.disconnect" or not in_time:
        return
    try:
        name = USERS[json.loads(first["text"])["token"]]
    except (LookupError, TypeError, ValueError):
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": name})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
