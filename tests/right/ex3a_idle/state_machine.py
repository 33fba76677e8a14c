# In another style: an async generator of events, contextlib, match; anyio's move_on_after.
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI, WebSocket, WebSocketDisconnect


@asynccontextmanager
async def lifespan(_app):
    yield {"silence": 10.0}


app = FastAPI(lifespan=lifespan)


async def events(ws: WebSocket, seconds: float):
    while True:
        text = None
        with anyio.move_on_after(seconds):
            try:
                text = await ws.receive_text()
            except WebSocketDisconnect:
                return
        yield text


@app.websocket("/ws")
async def idle(ws: WebSocket):
    await ws.accept()
    asked = False
    async for event in events(ws, ws.state.silence):
        match event, asked:
            case None, False:
                asked = True
                await ws.send_text("still there?")
            case None, True:
                return await ws.close(1001, "idle")
            case text, _:
                asked = False
                await ws.send_text(text)
