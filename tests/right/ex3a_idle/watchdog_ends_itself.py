# In another style: a watchdog on datetime.now() that is not cancelled but sees the end itself.
import asyncio
from datetime import datetime, timedelta

from fastapi import FastAPI
from starlette.endpoints import WebSocketEndpoint

app = FastAPI()
SILENCE = timedelta(seconds=10)


@(
    app.websocket_route("/ws")
    if hasattr(app, "websocket_route")
    else lambda c: app.router.add_websocket_route("/ws", c)
)
class Idle(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket):
        await websocket.accept()
        self.gone, self.asked, self.last = False, False, datetime.now()
        self.watching = asyncio.create_task(self.watch(websocket))

    async def watch(self, websocket):
        while not self.gone:
            silent = datetime.now() - self.last
            if silent >= 2 * SILENCE:
                self.gone = True
                await websocket.close(1001, "idle")
            elif silent >= SILENCE and not self.asked:
                self.asked = True
                await websocket.send_text("still there?")
            await asyncio.sleep(0.5)

    async def on_receive(self, websocket, data):
        self.last, self.asked = datetime.now(), False
        await websocket.send_text(data)

    async def on_disconnect(self, websocket, close_code):
        self.gone = True
