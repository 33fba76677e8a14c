# The mistake: a first message that is no JSON raises, and the client sees 1006.
# Caught by: test_closes_on_any_other_first_message
# Says: JSONDecodeError

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            data = await websocket.receive_json()
        if "token" not in data or data["token"] not in USERS:
            await websocket.close(1008)
            return
        await websocket.send_json({"welcome": USERS[data["token"]]})
        while True:
            await websocket.send_text(await websocket.receive_text())
    except TimeoutError:
        await websocket.close(1008)
    except WebSocketDisconnect:
        pass
