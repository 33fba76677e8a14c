# In another style: two nested asyncio.timeout_at, with the loop's own time.
import asyncio

from fastapi import APIRouter, FastAPI
from starlette.websockets import WebSocket, WebSocketDisconnect

router = APIRouter()


async def next_message(ws: WebSocket) -> str:
    start = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout_at(start + 10):
            return await ws.receive_text()
    except TimeoutError:
        await ws.send_text("still there?")
    async with asyncio.timeout_at(start + 20):
        return await ws.receive_text()


@router.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    try:
        while True:
            await ws.send_text(await next_message(ws))
    except TimeoutError:
        await ws.close(code=1001, reason="idle")
    except WebSocketDisconnect as gone:
        print("left with", gone.code)


app = FastAPI()
app.include_router(router)
