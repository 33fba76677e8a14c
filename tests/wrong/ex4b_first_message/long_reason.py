# The mistake: the reason of the close is a whole error report; 123 bytes are all that fit.
# Caught by: test_closes_on_any_other_first_message
# Says: The reason of a close has at most 123 bytes

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ValidationError

USERS = {"token-ada": "Ada", "token-grace": "Grace"}

app = FastAPI()


class FirstMessage(BaseModel):
    token: str


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(5):
            text = await websocket.receive_text()
        name = USERS[FirstMessage.model_validate_json(text).token]
    except WebSocketDisconnect:
        return
    except (TimeoutError, KeyError):
        await websocket.close(1008)
        return
    except ValidationError as error:
        await websocket.close(1008, reason=str(error))
        return
    await websocket.send_json({"welcome": name})
    async for text in websocket.iter_text():
        await websocket.send_text(text)
