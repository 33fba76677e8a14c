# The mistake: the first silence already ends the connection.
# Caught by: test_asks_after_10_seconds
# Says: The first silence leads to a question
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            text = await asyncio.wait_for(websocket.receive_text(), 10)
            await websocket.send_text(text)
    except TimeoutError:
        await websocket.close(1001, "idle")
    except WebSocketDisconnect:
        pass
