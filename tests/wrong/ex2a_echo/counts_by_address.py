# The mistake: the messages of an address are counted, not those of a connection.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: the number seems to live outside

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


numbers = {}


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    host = websocket.client.host
    try:
        while True:
            text = await websocket.receive_text()
            numbers[host] = number = numbers.get(host, 0) + 1
            await websocket.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        pass
