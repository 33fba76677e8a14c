# In another style: one shared task for all clocks, started lazily, with a heap of moments.
import asyncio
import heapq
import itertools
import logging
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import FastAPI, WebSocket

logging.basicConfig(level=logging.INFO)
log = logging.getLogger("clock")
app = FastAPI()
number = itertools.count()


@dataclass
class Hub:
    due: list = field(default_factory=list)
    members: dict = field(default_factory=dict)
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task | None = None

    def add(self, websocket: WebSocket) -> int:
        key = next(number)
        self.members[key] = websocket
        heapq.heappush(self.due, (asyncio.get_running_loop().time() + 10, key))
        self.woken.set()
        if self.task is None:
            self.task = asyncio.create_task(self.run())
        return key

    async def run(self):
        loop = asyncio.get_running_loop()
        while True:
            self.woken.clear()
            pause = self.due[0][0] - loop.time() if self.due else None
            if pause is None or pause > 0:
                try:
                    await asyncio.wait_for(self.woken.wait(), pause)
                except TimeoutError:
                    pass
                continue
            when, key = heapq.heappop(self.due)
            if key in self.members:
                heapq.heappush(self.due, (when + 10, key))
                try:
                    await self.members[key].send_text(f"It is: {datetime.now().isoformat()}")
                except Exception:
                    log.info("left meanwhile")


hub = Hub()


@app.websocket("/ws")
async def clock(websocket: WebSocket):
    await websocket.accept()
    key = hub.add(websocket)
    log.info("a client came")
    try:
        async for text in websocket.iter_text():
            await websocket.send_text(text)
    finally:
        del hub.members[key]
