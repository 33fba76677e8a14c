# The mistake: count and total are global.
# Caught by: test_keeps_the_readings_of_each_connection_apart
# Says: they seem to live outside the endpoint

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


count = total = 0


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    global count, total
    await websocket.accept()
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
            if not isinstance(value, int | float) or isinstance(value, bool):
                await websocket.send_json({"error": "no number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
