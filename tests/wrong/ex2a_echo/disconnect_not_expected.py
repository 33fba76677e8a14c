# The mistake: the end of the conversation is not expected.
# Caught by: test_leaves_nothing_behind
# Says: the endpoint should expect it

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    number = 0
    while True:
        text = await websocket.receive_text()
        number += 1
        await websocket.send_text(f"{number}: {text}")
