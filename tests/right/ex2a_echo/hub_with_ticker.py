# In another style: a hub that starts one task for all when the first connection comes.

import asyncio
from contextlib import contextmanager

from fastapi import FastAPI, WebSocket

app = FastAPI()


class Hub:
    def __init__(self) -> None:
        self.numbers: dict[WebSocket, int] = {}
        self.ticker: asyncio.Task | None = None

    @contextmanager
    def member(self, websocket: WebSocket):
        if self.ticker is None:
            self.ticker = asyncio.create_task(self.report())
        self.numbers[websocket] = 0
        try:
            yield
        finally:
            del self.numbers[websocket]

    def count(self, websocket: WebSocket) -> int:
        self.numbers[websocket] += 1
        return self.numbers[websocket]

    async def report(self) -> None:
        while True:
            print(len(self.numbers), "connected")
            await asyncio.sleep(5)


hub = Hub()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    with hub.member(websocket):
        async for text in websocket.iter_text():
            await websocket.send_text(f"{hub.count(websocket)}: {text}")
