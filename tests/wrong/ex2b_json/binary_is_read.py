# The mistake: JSON in a binary message is read as well.
# Caught by: test_closes_1003_at_a_binary_message
# Says: A binary message gets no answer, only close code 1003

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
            try:
                reading = json.loads(message["text"] if "text" in message else message["bytes"])
            except ValueError:
                await websocket.send_json({"error": "not JSON"})
                continue
            if not isinstance(reading, dict):
                await websocket.send_json({"error": "not an object"})
                continue
            value = reading.get("value")
            if not isinstance(value, int | float) or isinstance(value, bool):
                await websocket.send_json({"error": "no number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
