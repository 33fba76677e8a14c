# In another style: asyncio.wait with a time-out, as lesson 03 has it; the pending one is cancelled.

import asyncio
import json
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    await websocket.accept()
    hello = asyncio.create_task(websocket.receive_text())
    clock = asyncio.create_task(asyncio.sleep(5))
    done, pending = await asyncio.wait({hello, clock}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    with suppress(WebSocketDisconnect):
        try:
            if hello not in done:
                raise LookupError("nothing in time")
            user = USERS[json.loads(hello.result())["token"]]
        except (LookupError, ValueError, TypeError):
            await websocket.close(1008, "policy violation")
            return
        await websocket.send_json({"welcome": user})
        while True:
            await websocket.send_text(await websocket.receive_text())
