# In another style: asyncio.wait with a time-out that shrinks, and one receive kept over rounds.
import asyncio
import time
from datetime import datetime

from fastapi import FastAPI, WebSocket
from pydantic import BaseModel, Field

app = FastAPI()


class Clock(BaseModel):
    due: float = Field(default_factory=lambda: time.perf_counter() + 10)

    def left(self) -> float:
        return max(0, self.due - time.perf_counter())

    def text(self) -> str:
        self.due += 10
        return f"It is: {datetime.fromtimestamp(time.time()).isoformat(sep='T')}"


@app.websocket("/ws")
async def endpoint(websocket: WebSocket):
    await websocket.accept()
    clock = Clock()
    receive = asyncio.ensure_future(websocket.receive())
    try:
        while True:
            done, _ = await asyncio.wait([receive], timeout=clock.left())
            if not done:
                await websocket.send_text(clock.text())
                continue
            event = receive.result()
            if event["type"] == "websocket.disconnect":
                return
            receive = asyncio.ensure_future(websocket.receive())
            await websocket.send_text(event["text"])
            if clock.left() == 0:
                await websocket.send_text(clock.text())
    finally:
        receive.cancel()
