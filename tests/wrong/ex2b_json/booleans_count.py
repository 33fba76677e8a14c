# The mistake: `isinstance(True, int)` is true.
# Caught by: test_takes_nothing_but_a_number_for_a_value
# Says: in JSON true and false are not numbers

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    count = total = 0
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is None:
                await websocket.close(1003)
                break
            try:
                reading = json.loads(message["text"])
            except json.JSONDecodeError:
                await websocket.send_json({"error": "not JSON"})
                continue
            if not isinstance(reading, dict):
                await websocket.send_json({"error": "not an object"})
                continue
            value = reading.get("value")
            if not isinstance(value, int | float):
                await websocket.send_json({"error": "no number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
