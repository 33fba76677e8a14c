# In another style: call_later with handles that are cancelled, tasks for the sends.
import asyncio
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class Patience:
    def __init__(self, websocket: WebSocket) -> None:
        self.websocket = websocket
        self.loop = asyncio.get_running_loop()
        self.handle = None
        self.tasks = set()

    def restart(self) -> None:
        self.stop()
        self.handle = self.loop.call_later(10, self.ask)

    def stop(self) -> None:
        if self.handle is not None:
            self.handle.cancel()

    def ask(self) -> None:
        self.spawn(self.websocket.send_text("still there?"))
        self.handle = self.loop.call_later(10, self.end)

    def end(self) -> None:
        self.spawn(self.websocket.close(1001, "idle"))

    def spawn(self, coro) -> None:
        task = self.loop.create_task(self.quietly(coro))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def quietly(self, coro) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):
            await coro


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    patience = Patience(websocket)
    patience.restart()
    try:
        async for text in websocket.iter_text():
            patience.restart()
            await websocket.send_text(text)
    finally:
        patience.stop()
