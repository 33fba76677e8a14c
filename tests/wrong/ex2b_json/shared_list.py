# The mistake: one list of the module takes the readings of all.
# Caught by: test_keeps_the_readings_of_each_connection_apart
# Says: they seem to live outside the endpoint

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


values = []


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
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
            values.append(value)
            await websocket.send_json({"count": len(values), "mean": sum(values) / len(values)})
    except WebSocketDisconnect:
        pass
