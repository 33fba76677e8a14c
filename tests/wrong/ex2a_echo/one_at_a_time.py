# The mistake: a lock lets in one client after the other.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: nobody should have to wait until it has gone

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


turn = asyncio.Lock()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        async with turn:
            while True:
                text = await websocket.receive_text()
                number += 1
                await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
