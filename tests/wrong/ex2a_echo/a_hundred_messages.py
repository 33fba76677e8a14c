# The mistake: the connection is closed after a hundred messages.
# Caught by: test_serves_others_meanwhile
# Says: However many come, the connection stays open

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    try:
        while True:
            text = await websocket.receive_text()
            n += 1
            await websocket.send_text(f"{n}: {text}")
            if n == 100:
                break

    except WebSocketDisconnect:
        pass
    if n == 100:
        await websocket.close()
