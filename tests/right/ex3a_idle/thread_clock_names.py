# In another style: the silence is slept through in a thread, which hands its question over.
import asyncio
import threading
from time import monotonic, sleep

from fastapi import FastAPI, WebSocket

app = FastAPI()


class Watch(threading.Thread):
    def __init__(self, websocket, loop):
        super().__init__(daemon=True)
        self.websocket, self.loop = websocket, loop
        self.last, self.asked, self.stopped = monotonic(), False, False

    def run(self):
        while not self.stopped:
            sleep(0.5)
            silent = monotonic() - self.last
            if self.stopped:
                return
            if silent >= 20:
                self.call(self.websocket.close(1001, "idle"))
                return
            if silent >= 10 and not self.asked:
                self.asked = True
                self.call(self.websocket.send_text("still there?"))

    def call(self, coro):
        asyncio.run_coroutine_threadsafe(coro, self.loop)


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    watch = Watch(websocket, asyncio.get_running_loop())
    watch.start()
    try:
        async for text in websocket.iter_text():
            watch.last, watch.asked = monotonic(), False
            await websocket.send_text(text)
    finally:
        watch.stopped = True
