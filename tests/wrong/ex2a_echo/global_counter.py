# The mistake: the number is global.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: so the number seems to live outside the endpoint

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


number = 0


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    global number
    await websocket.accept()
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
