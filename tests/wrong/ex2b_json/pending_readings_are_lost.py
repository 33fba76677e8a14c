# The mistake: readings that came before a binary message are dropped.
# Caught by: test_closes_1003_at_a_binary_message
# Says: it is answered before the close

import asyncio
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    await websocket.accept()
    values = []
    tasks = []

    async def answer(text):
        try:
            value = (await asyncio.to_thread(json.loads, text))["value"]
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise TypeError
        except (ValueError, TypeError, KeyError, IndexError):
            await websocket.send_json({"error": "value should be a number"})
            return
        values.append(value)
        await websocket.send_json({"count": len(values), "mean": sum(values) / len(values)})

    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                return
            if message.get("text") is None:
                await websocket.close(1003)
                return
            tasks = [t for t in tasks if not t.done()]
            tasks.append(asyncio.create_task(answer(message["text"])))
    except WebSocketDisconnect:
        pass
    finally:
        for t in tasks:
            t.cancel()
