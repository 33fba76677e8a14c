# The mistake: a client that is silent for ten minutes is sent away.
# Caught by: test_serves_others_meanwhile
# Says: The client was silent for some minutes

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    n = 0
    try:
        while True:
            text = await asyncio.wait_for(websocket.receive_text(), 600)
            n += 1
            await websocket.send_text(f"{n}: {text}")

    except WebSocketDisconnect:
        return
    except asyncio.TimeoutError:
        await websocket.close(1001)
