# In another style: send_denial_response() and a queue with a writer task in a TaskGroup.

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket):
    user = USERS.get(websocket.cookies.get("token"))
    lang = websocket.query_params.get("lang") or "en"
    if user is None:
        await websocket.send_denial_response(PlainTextResponse("no", status_code=401))
        return
    if lang not in {"en", "es"}:
        await websocket.send_denial_response(PlainTextResponse("no", status_code=403))
        return
    await websocket.accept()
    outgoing: asyncio.Queue[str | None] = asyncio.Queue()
    outgoing.put_nowait(f"{'Hello' if lang == 'en' else 'Hola'}, {user}!")
    async with asyncio.TaskGroup() as group:
        group.create_task(write(websocket, outgoing))
        try:
            while True:
                outgoing.put_nowait(await websocket.receive_text())
        except WebSocketDisconnect:
            outgoing.put_nowait(None)


async def write(websocket: WebSocket, outgoing: asyncio.Queue):
    try:
        while (text := await outgoing.get()) is not None:
            await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
