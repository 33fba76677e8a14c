# In another style: call_at sets itself again and again; the handle is cancelled at the end.
import asyncio
from datetime import datetime

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect


class Clock(WebSocketEndpoint):
    encoding = "text"

    async def on_connect(self, websocket):
        await websocket.accept()
        self.loop = asyncio.get_running_loop()
        self.sending = set()
        self.arm(websocket, self.loop.time() + 10)

    def arm(self, websocket, when):
        self.handle = self.loop.call_at(when, self.tick, websocket, when)

    def tick(self, websocket, when):
        self.arm(websocket, when + 10)
        task = asyncio.ensure_future(self.tell(websocket))
        self.sending.add(task)
        task.add_done_callback(self.sending.discard)

    async def tell(self, websocket):
        try:
            await websocket.send_text(f"It is: {datetime.now().isoformat(timespec='seconds')}")
        except (WebSocketDisconnect, RuntimeError):
            pass

    async def on_receive(self, websocket, data):
        await websocket.send_text(data)

    async def on_disconnect(self, websocket, close_code):
        self.handle.cancel()


app = Starlette(routes=[WebSocketRoute("/ws", Clock)])
