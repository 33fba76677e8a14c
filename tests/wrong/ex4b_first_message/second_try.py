# The mistake: it goes on asking until a known token comes.
# Caught by: test_closes_on_an_unknown_token
# Says: There is no second try

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5

app = FastAPI()


def user_of(text: str | None) -> str | None:
    """The user whose token a first message holds, if it holds one."""
    try:
        return USERS[json.loads(text)["token"]]
    except (TypeError, ValueError, LookupError):
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    username = None
    try:
        async with asyncio.timeout(DEADLINE):
            while username is None:
                first = await websocket.receive()
                if first["type"] == "websocket.disconnect":
                    return
                username = user_of(first.get("text"))
    except TimeoutError:
        pass
    if username is None:
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": username})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
