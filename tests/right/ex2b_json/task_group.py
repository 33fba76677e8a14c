# In another style: a new task group for each message; the reader and its time-out.

import asyncio
import json

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


def new_list() -> list:
    return []


@app.websocket("/ws")
async def readings(websocket: WebSocket, values: list = Depends(new_list)) -> None:  # noqa: B008
    await websocket.accept()
    try:
        while True:
            async with asyncio.TaskGroup() as group:
                receiving = group.create_task(websocket.receive())
            message = receiving.result()
            if message["type"] == "websocket.disconnect":
                return
            await asyncio.wait_for(answer(websocket, message, values), timeout=5)
            if "bytes" in message:
                return
    except* WebSocketDisconnect:
        print("the client has gone")


async def answer(websocket: WebSocket, message: dict, values: list) -> None:
    if "bytes" in message:
        await websocket.close(1003, "Unsupported data")
        return
    try:
        reading = json.loads(message["text"])
    except json.JSONDecodeError as error:
        await websocket.send_json({"error": str(error), "text": message["text"]})
        return
    if not isinstance(reading, dict) or not is_number(reading.get("value")):
        await websocket.send_json({"error": "", "got": reading})
        return
    values.append(reading["value"])
    await websocket.send_json({"count": float(len(values)), "mean": sum(values) / len(values)})


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
