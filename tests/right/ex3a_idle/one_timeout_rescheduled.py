# In another style: one asyncio.timeout per phase that is rescheduled at each message, iter_text.
import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
loop_time = lambda: asyncio.get_running_loop().time()  # noqa: E731


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    asked = asyncio.Event()

    async def ask(deadline):
        while True:
            await asyncio.sleep(deadline[0] - loop_time())
            if loop_time() >= deadline[0] and not asked.is_set():
                asked.set()
                await ws.send_text("still there?")
                deadline[0] = loop_time() + 1e9

    deadline = [loop_time() + 10]
    asking = asyncio.create_task(ask(deadline))
    try:
        async with asyncio.timeout(20) as limit:
            async for text in ws.iter_text():
                limit.reschedule(loop_time() + 20)
                deadline[0] = loop_time() + 10
                asking.cancel()
                asked.clear()
                await ws.send_text(text)
                asking = asyncio.create_task(ask(deadline))
    except TimeoutError:
        await ws.close(1001, "idle")
    finally:
        asking.cancel()
