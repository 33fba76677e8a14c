# In another style: a router, and a counter that a plain dependency makes for each connection.

import itertools
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, WebSocket, WebSocketDisconnect

router = APIRouter(prefix="/ws")


def counter() -> Iterator[int]:
    return itertools.count(1)


@router.websocket("")
async def echo(websocket: WebSocket, numbers: Annotated[Iterator[int], Depends(counter)]) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(f"{next(numbers)}: {await websocket.receive_text()}")
    except WebSocketDisconnect as end:
        print(f"the client left with {end.code}")


app = FastAPI()
app.include_router(router)
