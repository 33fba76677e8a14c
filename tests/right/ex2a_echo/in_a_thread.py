# In another style: the number is worked out in a thread, since it might take long.

import asyncio
import time

from fastapi import FastAPI, WebSocket

app = FastAPI()


def numbered(number: int, text: str) -> str:
    time.sleep(0.05)
    return f"{number}: {text}"


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    async for text in websocket.iter_text():
        number += 1
        await websocket.send_text(await asyncio.to_thread(numbered, number, text))
