# The mistake: the answer goes to all clients.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: That answers another client's message

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


clients = set()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    clients.add(websocket)
    number = 0
    try:
        while True:
            text = await websocket.receive_text()
            number += 1
            for client in list(clients):
                await client.send_text(f"{number}: {text}")
    except WebSocketDisconnect:
        clients.discard(websocket)
