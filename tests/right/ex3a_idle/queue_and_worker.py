# In another style: a reader task fills a queue, the endpoint takes from it with a time-out.
import asyncio

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

END = object()


async def reader(ws: WebSocket, queue: asyncio.Queue):
    async for text in ws.iter_text():
        queue.put_nowait(text)
    queue.put_nowait(END)


async def idle(ws: WebSocket):
    await ws.accept()
    queue = asyncio.Queue()
    task = asyncio.create_task(reader(ws, queue), name="reader")
    silences = 0
    try:
        while silences < 2:
            try:
                item = await asyncio.wait_for(queue.get(), timeout=10.0)
            except asyncio.TimeoutError:  # noqa: UP041
                silences += 1
                if silences == 1:
                    await ws.send_text("still there?")
                continue
            if item is END:
                return
            silences = 0
            await ws.send_text(item)
        await ws.close(1001, "idle")
    finally:
        task.cancel()


app = Starlette(routes=[WebSocketRoute("/ws", idle)])
