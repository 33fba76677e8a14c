# The mistake: a value is kept before it is known to be a number.
# Caught by: test_takes_nothing_but_a_number_for_a_value
# Says: take a value in once it is known to be a number
import json
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    values = []
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
                if isinstance(reading["value"], bool):
                    raise TypeError
                values.append(reading["value"])
                mean = sum(values) / len(values)
            except (ValueError, KeyError, TypeError):
                await websocket.send_json({"error": "no number"})
                continue
            await websocket.send_json({"count": len(values), "mean": mean})
    except WebSocketDisconnect:
        pass
