# The mistake: the end of the conversation is not expected.
# Caught by: test_leaves_nothing_behind
# Says: the endpoint should expect it

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    count = total = 0
    if True:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message["code"])
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
