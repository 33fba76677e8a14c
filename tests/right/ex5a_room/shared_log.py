# In another style: nobody sends to others: each connection follows a common log by itself.

import asyncio
from collections import deque

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
log: deque = deque(maxlen=1000)
written = 0
news: asyncio.Condition | None = None


async def follow(websocket: WebSocket, me: object) -> None:
    position = written
    while True:
        async with news:
            while written == position:
                await news.wait()
        for sender, line in list(log)[-(written - position) :]:
            position += 1
            if sender is not me:
                await websocket.send_json(line)


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    global news, written
    news = news or asyncio.Condition()
    await websocket.accept()
    me = object()
    following = asyncio.create_task(follow(websocket, me))
    try:
        while True:
            text = await websocket.receive_text()
            async with news:
                log.append((me, {"username": username, "message": text}))
                written += 1
                news.notify_all()
    except WebSocketDisconnect:
        following.cancel()
        await asyncio.wait([following])
        if not following.cancelled():
            following.exception()
