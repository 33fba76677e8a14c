"""Exercise 2b. Readings in JSON.

Write the endpoint `/ws`. A client sends readings, each a text message with a JSON object that has
a number as its `value`. Each is answered with a JSON object in a text message: how many readings
this connection has sent so far, and their mean.

    client  {"value": 20}
    server  {"count": 1, "mean": 20.0}
    client  {"value": 22.5}
    server  {"count": 2, "mean": 21.25}
    client  {"value": "warm"}
    server  {"error": "value should be a number"}
    client  {"value": -2}
    server  {"count": 3, "mean": 13.5}

A message that is not JSON, is not an object, or has no number as its `value`, is answered with an
object that has the key `error`. It is not counted, and the connection stays open. A string such as
"5" is no number, nor are true, false and null.

A binary message, whatever is in it, ends the connection with close code 1003 and gets no other
answer. Any number of clients may be connected at once; a client may leave at any time, in any way.
"""

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    values = []
    try:
        while True:
            try:
                values.append(value_in(await text_from(websocket)))
            except ValueError as error:
                await websocket.send_json({"error": str(error)})
            else:
                await websocket.send_json({"count": len(values), "mean": sum(values) / len(values)})
    except WebSocketDisconnect:
        pass


async def text_from(websocket: WebSocket) -> str:
    message = await websocket.receive()  # `receive_text()` can take nothing but text
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message["code"])
    if message.get("text") is None:
        raise WebSocketException(1003)  # after `accept()` it closes with this code
    return message["text"]


def value_in(text: str) -> float:
    reading = json.loads(text)  # what is not JSON raises JSONDecodeError, a ValueError
    value = reading.get("value") if isinstance(reading, dict) else None
    # `isinstance(True, int)` is true in Python; in JSON true is not a number.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("value should be a number")
    return value
