# In another style: a Hub with a bounded queue and a writer task for each member.

import asyncio
import logging
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

logger = logging.getLogger("room")
app = FastAPI()


class Hub:
    def __init__(self):
        self.boxes: dict[int, asyncio.Queue] = {}
        self.number = 0

    @asynccontextmanager
    async def member(self, websocket):
        self.number += 1
        number, box = self.number, asyncio.Queue(maxsize=256)
        self.boxes[number] = box
        writer = asyncio.create_task(self.write(websocket, box))
        try:
            yield number
        finally:
            del self.boxes[number]
            writer.cancel()
            with suppress(asyncio.CancelledError):
                await writer

    async def write(self, websocket, box):
        try:
            while True:
                await websocket.send_json(await box.get())
        except WebSocketDisconnect:
            logger.info("a member died")

    def publish(self, sender, message):
        for number, box in self.boxes.items():
            if number != sender:
                with suppress(asyncio.QueueFull):
                    box.put_nowait(message)


hub = Hub()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    async with hub.member(websocket) as number:
        with suppress(WebSocketDisconnect):
            while True:
                text = await websocket.receive_text()
                hub.publish(number, {"username": username, "message": text})
