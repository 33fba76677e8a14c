# The mistake: the number is global, and every new client sets it back.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: The second client

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


number = 0


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    global number
    await websocket.accept()
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
