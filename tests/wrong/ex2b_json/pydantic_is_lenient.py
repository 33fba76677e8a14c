# The mistake: Pydantic makes numbers of strings and booleans, unless it is told to be strict.
# Caught by: test_takes_nothing_but_a_number_for_a_value
# Says: `float(…)`, or Pydantic, makes a number of it

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel, ValidationError

app = FastAPI()


class Reading(BaseModel):
    value: float


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    values = []
    try:
        while True:
            try:
                text = await websocket.receive_text()
            except KeyError:
                return await websocket.close(1003)
            try:
                values.append(Reading.model_validate_json(text).value)
            except ValidationError as error:
                await websocket.send_json({"error": str(error)})
            else:
                await websocket.send_json({"count": len(values), "mean": sum(values) / len(values)})
    except WebSocketDisconnect:
        pass
