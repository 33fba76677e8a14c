# The mistake: whatever is the `value` is added.
# Caught by: test_takes_nothing_but_a_number_for_a_value
# Says: TypeError

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
            if value is None:
                await websocket.send_json({"error": "no number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
