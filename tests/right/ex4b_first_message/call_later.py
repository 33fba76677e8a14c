# In another style: a timer by call_later that cancels the receive, itself cancelled in time.

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


async def first_message(websocket: WebSocket) -> dict:
    receiving = asyncio.ensure_future(websocket.receive())
    timer = asyncio.get_running_loop().call_later(5, receiving.cancel)
    try:
        return await receiving
    finally:
        timer.cancel()


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    await websocket.accept()
    try:
        message = await first_message(websocket)
    except asyncio.CancelledError:
        await websocket.close(1008)
        return
    if message["type"] == "websocket.disconnect":
        return
    try:
        name = USERS[json.loads(message["text"])["token"]]
    except Exception as error:
        print("no welcome:", repr(error))
        await websocket.close(1008)
        return
    await websocket.send_text(json.dumps({"welcome": name}, indent=2))
    async for text in websocket.iter_text():
        await websocket.send_text(text)
