# In another style: a WebSocketException with 1003, from a function that receives; exact sums.

import json
import logging
import math
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass

from fastapi import APIRouter, FastAPI, WebSocket, WebSocketException

log = logging.getLogger(__name__)
router = APIRouter()


@dataclass
class Answer:
    count: int
    mean: float


async def texts(websocket: WebSocket) -> AsyncIterator[str]:
    while (message := await websocket.receive())["type"] == "websocket.receive":
        if "bytes" in message and message["bytes"] is not None:
            raise WebSocketException(code=1003, reason="text is wanted")
        yield message["text"]


@router.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    values = []
    async for text in texts(websocket):
        try:
            reading = json.loads(text, parse_int=float)
            assert isinstance(reading, dict)
            assert isinstance(reading["value"], float)
        except (ValueError, KeyError, AssertionError) as error:
            log.warning("refused: %r", error)
            await websocket.send_json({"error": type(error).__name__})
            continue
        values.append(reading["value"])
        answer = Answer(len(values), math.fsum(values) / len(values))
        await websocket.send_text(json.dumps(asdict(answer)))


app = FastAPI()
app.include_router(router)
