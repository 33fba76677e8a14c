# The mistake: the readings are kept as 32-bit floats.
# Caught by: test_answers_with_count_and_mean_of_all_readings
# Says: rounded

import json
from array import array

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    count = 0
    values = array("f")
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("bytes") is not None:
                await websocket.close(1003)
                break
            text = message["text"]
            try:
                data = json.loads(text)
            except json.JSONDecodeError:
                await websocket.send_json({"error": "not JSON"})
                continue
            if not isinstance(data, dict):
                await websocket.send_json({"error": "not an object"})
                continue
            value = data.get("value")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                await websocket.send_json({"error": "value should be a number"})
                continue
            count += 1
            values.append(value)
            await websocket.send_json({"count": count, "mean": sum(values) / count})
    except WebSocketDisconnect:
        pass
