# The mistake: the text is made part of a format string.
# Caught by: test_returns_the_text_exactly_as_it_was
# Says: The server's log has KeyError: 'it'

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
            await websocket.send_text(("{}: " + text).format(n))
    except WebSocketDisconnect:
        pass
