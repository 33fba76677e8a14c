# The mistake: it starts a thread for each connection, which never ends.
# Caught by: test_leaves_nothing_behind
# Says: threads are still running
import asyncio, threading
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
ping = threading.Event


@app.websocket("/ws")
async def idle(websocket: WebSocket):
    await websocket.accept()
    asked = False
    threading.Thread(
        target=lambda: ping().wait(), daemon=True
    ).start()  # a thread for each connection for ever
    try:
        while True:
            try:
                text = await asyncio.wait_for(websocket.receive_text(), 10)
            except TimeoutError:
                if asked:
                    return await websocket.close(1001, "idle")
                asked = True
                await websocket.send_text("still there?")
            else:
                asked = False
                await websocket.send_text(text)
    except WebSocketDisconnect:
        pass
