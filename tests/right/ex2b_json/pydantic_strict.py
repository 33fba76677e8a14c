# In another style: a strict Pydantic model reads, another one writes.

from typing import Annotated

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, ValidationError

app = FastAPI()


class Reading(BaseModel):
    value: Annotated[float, Field(strict=True)]


class Summary(BaseModel):
    count: int = 0
    mean: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        self.mean += (value - self.mean) / self.count


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    summary = Summary()
    try:
        while True:
            try:
                text = await websocket.receive_text()
            except KeyError:
                await websocket.close(code=1003, reason="text only, please")
                return
            try:
                summary.add(Reading.model_validate_json(text).value)
            except ValidationError as error:
                answer = {"error": error.errors(include_url=False, include_input=False)[0]["msg"]}
                await websocket.send_json({**answer, "count": summary.count})
            else:
                await websocket.send_text(summary.model_dump_json(indent=2))
    except WebSocketDisconnect:
        print("gone")
