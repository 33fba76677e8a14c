# In another style: a clock of the system, asked by its number.
import asyncio
import time

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


class Idle(Exception):
    pass


class Session:
    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.last = time.clock_gettime(time.CLOCK_MONOTONIC)
        self.asked = False

    async def watchdog(self) -> None:
        while True:
            await asyncio.sleep(0.02)
            quiet = time.clock_gettime(time.CLOCK_MONOTONIC) - self.last
            if quiet >= 2 * SILENCE:
                raise Idle
            if quiet >= SILENCE and not self.asked:
                self.asked = True
                await self.websocket.send_text(QUESTION)

    async def echo(self) -> None:
        while True:
            text = await self.websocket.receive_text()
            self.last = time.clock_gettime(time.CLOCK_MONOTONIC)
            self.asked = False
            await self.websocket.send_text(text)

    async def run(self) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.watchdog())
                group.create_task(self.echo())
        except* WebSocketDisconnect:
            pass
        except* Idle:
            await self.websocket.close(CODE, REASON)


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    await websocket.accept()
    await Session(websocket).run()
