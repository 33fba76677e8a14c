# The mistake: errors go to the client that came last.
# Caught by: test_answers_what_is_not_json_with_an_error
# Says: an object with the key `error`

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
last = None


def reading(text):
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    value = data.get("value")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    global last
    last = websocket
    count, total = 0, 0.0
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is None:
                await websocket.close(1003)
                break
            value = reading(message["text"])
            if value is None:
                await last.send_json({"error": "value should be a number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
