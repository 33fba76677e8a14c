# The mistake: a task is started for each connection and never cancelled.
# Caught by: test_leaves_nothing_behind
# Says: Whoever makes a task for a connection cancels it

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


background = set()


async def watch() -> None:
    while True:
        await asyncio.sleep(60)


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    background.add(asyncio.create_task(watch()))
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
