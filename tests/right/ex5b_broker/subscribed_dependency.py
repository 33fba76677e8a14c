# In another style: a subscription as a dependency, anyio's task group, Pydantic's TypeAdapter.

import os
from contextlib import asynccontextmanager
from typing import Annotated

import anyio
from broadcaster import Broadcast
from fastapi import Depends, FastAPI, WebSocket
from pydantic import BaseModel, TypeAdapter
from starlette.websockets import WebSocketDisconnect


class Said(BaseModel):
    username: str
    message: str


said = TypeAdapter(Said)
broadcast = Broadcast(os.environ["REDIS_URL"])


@asynccontextmanager
async def lifespan(_):
    await broadcast.connect()
    try:
        yield
    finally:
        await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


async def subscription():
    async with broadcast.subscribe("CHAT") as subscriber:
        yield subscriber


@app.websocket("/ws")
async def chat(
    websocket: WebSocket,
    events: Annotated[object, Depends(subscription)],
    username: str = "Anonymous",
):
    await websocket.accept()

    async def forward():
        try:
            async for event in events:
                line = said.validate_json(event.message)
                if line.username != username:
                    await websocket.send_json(said.dump_python(line))
        except WebSocketDisconnect:
            pass

    async with anyio.create_task_group() as group:
        group.start_soon(forward)
        async for text in websocket.iter_text():
            line = Said(username=username, message=text)
            await broadcast.publish("CHAT", said.dump_json(line).decode())
        group.cancel_scope.cancel()
