# The mistake: what is not ASCII is replaced.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: Gr

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}".encode("ascii", "replace").decode())
    except WebSocketDisconnect:
        pass
