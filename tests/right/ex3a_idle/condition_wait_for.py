# In another style: a watching thread for each connection waits on a Condition.

import asyncio
import threading

from fastapi import FastAPI, WebSocket

app = FastAPI()


class Watcher(threading.Thread):
    def __init__(self, loop, ask, end):
        super().__init__(daemon=True)
        self.loop, self.ask, self.end = loop, ask, end
        self.cond = threading.Condition()
        self.n = 0
        self.over = False

    def run(self):
        with self.cond:
            stage, n = 0, self.n
            while not self.over:
                heard = self.cond.wait_for(lambda: self.over or self.n != n, timeout=10)
                if self.over:
                    return
                if heard:
                    stage, n = 0, self.n
                    continue
                self.loop.call_soon_threadsafe(self.ask if stage == 0 else self.end)
                if stage:
                    return
                stage = 1

    def heard(self):
        with self.cond:
            self.n += 1
            self.cond.notify()

    def stop(self):
        with self.cond:
            self.over = True
            self.cond.notify()


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    loop = asyncio.get_running_loop()
    ts = set()

    def spawn(make):
        def go():
            t = loop.create_task(make())
            ts.add(t)
            t.add_done_callback(ts.discard)

        return go

    w = Watcher(
        loop, spawn(lambda: ws.send_text("still there?")), spawn(lambda: ws.close(1001, "idle"))
    )
    w.start()
    try:
        async for t in ws.iter_text():
            w.heard()
            await ws.send_text(t)
    finally:
        w.stop()
