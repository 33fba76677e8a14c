# In another style: the number is kept in the connection's state; `wait` with a time-out.

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI(title="echo")


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    websocket.state.number = 0
    receiving = asyncio.ensure_future(websocket.receive_text())
    while True:
        done, _ = await asyncio.wait({receiving}, timeout=30)
        if not done:
            continue
        try:
            text = receiving.result()
        except WebSocketDisconnect:
            return
        websocket.state.number += 1
        await websocket.send_text(f"{websocket.state.number}: {text}")
        receiving = asyncio.ensure_future(websocket.receive_text())
