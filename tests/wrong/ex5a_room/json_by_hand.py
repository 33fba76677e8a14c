# The mistake: the JSON is put together by hand, so quotes and line ends break it.
# Caught by: test_passes_text_on_exactly_as_it_was
# Says: should have received

import asyncio

from fastapi import FastAPI, WebSocket

app = FastAPI()
members: set[WebSocket] = set()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous") -> None:
    await websocket.accept()
    members.add(websocket)
    try:
        async for text in websocket.iter_text():
            message = f'{{"username": "{username}", "message": "{text}"}}'
            others = members - {websocket}
            await asyncio.gather(*(m.send_text(message) for m in others), return_exceptions=True)
    finally:
        members.discard(websocket)
