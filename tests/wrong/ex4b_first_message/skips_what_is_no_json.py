# The mistake: messages that are no JSON are passed over instead of ending the connection.
# Caught by: test_closes_on_any_other_first_message
# Says: There is no second try

import asyncio
import json

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


async def token_of(websocket: WebSocket) -> str | None:
    async for text in websocket.iter_text():
        try:
            return json.loads(text)["token"]
        except ValueError:
            continue
        except (KeyError, TypeError):
            return None
    return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        name = USERS[await asyncio.wait_for(token_of(websocket), 5)]
    except (TimeoutError, KeyError, TypeError):
        await websocket.close(1008)
        return
    await websocket.send_json({"welcome": name})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
