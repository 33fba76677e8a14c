# The mistake: a long reading is refused.
# Caught by: test_answers_with_count_and_mean_of_all_readings
# Says: A reading may have a long text

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    count = 0
    total = 0
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                break
            if message.get("text") is None:
                await websocket.close(1003)
                break
            text = message["text"]
            if len(text) > 65536:
                await websocket.send_json({"error": "too long"})
                continue
            try:
                data = json.loads(text)
            except ValueError:
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
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
