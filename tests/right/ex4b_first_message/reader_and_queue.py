# In another style: a TaskGroup of a reader and a talker with a queue between them, except*.

import asyncio
import json
import logging

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()
log = logging.getLogger("welcome")


async def read(websocket: WebSocket, inbox: asyncio.Queue):
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message["code"])
        await inbox.put(message)


async def talk(websocket: WebSocket, inbox: asyncio.Queue):
    try:
        async with asyncio.timeout(5):
            first = await inbox.get()
        token = json.loads(first.get("text") or "")["token"]
        name = await asyncio.to_thread(USERS.__getitem__, token)
    except (TimeoutError, ValueError, TypeError, LookupError) as error:
        raise WebSocketException(1008) from error
    await websocket.send_json({"welcome": name})
    while True:
        await websocket.send_text((await inbox.get())["text"])


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    await websocket.accept()
    inbox: asyncio.Queue = asyncio.Queue()
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(read(websocket, inbox))
            group.create_task(talk(websocket, inbox))
    except* WebSocketDisconnect:
        log.info("a client left")
    except* WebSocketException as group:
        log.warning("no welcome: %s", group.exceptions[0].__cause__)
        await websocket.close(1008)
