# The mistake: the connection is closed after twenty errors.
# Caught by: test_takes_nothing_but_a_number_for_a_value
# Says: However many messages are refused on a connection

import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    count = total = errors = 0
    try:
        while errors < 20:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is None:
                await websocket.close(1003)
                return
            try:
                data = json.loads(message["text"])
            except ValueError:
                data = None
            value = data.get("value") if isinstance(data, dict) else None
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                errors += 1
                await websocket.send_json({"error": "value should be a number"})
                continue
            count += 1
            total += value
            await websocket.send_json({"count": count, "mean": total / count})
        await websocket.close(1008)
    except WebSocketDisconnect:
        pass
