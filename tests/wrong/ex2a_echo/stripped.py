# The mistake: white space around the text is lost.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: two spaces

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
            await websocket.send_text(f"{number}: {text.strip()}")
    except WebSocketDisconnect:
        pass
