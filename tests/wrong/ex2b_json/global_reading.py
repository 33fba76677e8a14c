# The mistake: the reading is kept in a global variable while another connection runs.
# Caught by: test_keeps_the_readings_of_each_connection_apart
# Says: At each `await` another connection may run

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
data = None


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    global data
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
            try:
                data = json.loads(text)
            except ValueError:
                await websocket.send_json({"error": "not JSON"})
                continue
            if not isinstance(data, dict):
                await websocket.send_json({"error": "not an object"})
                continue
            await asyncio.sleep(0)
            value = data.get("value")
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                await websocket.send_json({"error": "value should be a number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
    except WebSocketDisconnect:
        pass
