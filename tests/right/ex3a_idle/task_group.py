# In another style: a TaskGroup of receiver and clock, an Event between them, except*.
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class Idle(Exception):
    pass


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    heard = asyncio.Event()

    async def receiver():
        while True:
            text = await websocket.receive_text()
            heard.set()
            await websocket.send_text(text)

    async def silent(seconds):
        try:
            async with asyncio.timeout(seconds):
                await heard.wait()
        except TimeoutError:
            return True
        heard.clear()
        return False

    async def clock():
        while True:
            if await silent(10):
                await websocket.send_text("still there?")
                if await silent(10):
                    raise Idle

    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(receiver())
            group.create_task(clock())
    except* Idle:
        await websocket.close(1001, "idle")
    except* WebSocketDisconnect:
        pass
