# In another style: one shared task, started lazily, looks after all connections.
import asyncio
import logging
import time
from dataclasses import dataclass, field

from fastapi import Depends, FastAPI, WebSocket

log = logging.getLogger("idle")
app = FastAPI()


@dataclass(eq=False)
class Member:
    websocket: WebSocket
    last: float = field(default_factory=time.time)
    asked: bool = False


class Hub:
    def __init__(self):
        self.members = set()
        self.task = None

    def add(self, member):
        self.members.add(member)
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self.look_after_all())

    async def look_after_all(self):
        while True:
            await asyncio.sleep(0.25)
            for member in list(self.members):
                await self.look_after(member)

    async def look_after(self, member):
        silent = time.time() - member.last
        try:
            if silent > 20:
                self.members.discard(member)
                await member.websocket.close(1001, "idle")
            elif silent > 10 and not member.asked:
                member.asked = True
                await member.websocket.send_text("still there?")
        except Exception:
            log.info("it left meanwhile")


hub = Hub()


@app.websocket("/ws")
async def idle(websocket: WebSocket, hub: Hub = Depends(lambda: hub)):  # noqa: B008
    await websocket.accept()
    member = Member(websocket)
    hub.add(member)
    try:
        async for text in websocket.iter_text():
            member.last, member.asked = time.time(), False
            await websocket.send_text(text)
    finally:
        hub.members.discard(member)
