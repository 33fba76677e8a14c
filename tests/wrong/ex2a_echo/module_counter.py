# The mistake: one counter of the module serves all connections.
# Caught by: test_counts_the_messages_of_each_connection_by_itself
# Says: so the number seems to live outside the endpoint

import itertools

from fastapi import FastAPI, WebSocket

app = FastAPI()

numbers = itertools.count(1)


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(f"{next(numbers)}: {text}")
