# In another style: a hub of the module holds what belongs to a connection, until its end.

import itertools
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class Hub:
    def __init__(self):
        self.ids = itertools.count()
        self.values = {}

    def enter(self):
        name = next(self.ids)
        self.values[name] = []
        return name

    def leave(self, name):
        del self.values[name]

    def add(self, name, value):
        self.values[name].append(value)
        return {
            "count": len(self.values[name]),
            "mean": sum(self.values[name]) / len(self.values[name]),
        }


hub = Hub()


@app.websocket("/ws")
async def readings(websocket: WebSocket):
    await websocket.accept()
    name = hub.enter()
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect
            if message.get("bytes") is not None:
                break
            await websocket.send_json(
                hub.add(name, number(message["text"]))
                if number(message["text"]) is not None
                else {"error": "not a reading"}
            )
        await websocket.close(code=1003)
    except WebSocketDisconnect:
        pass
    finally:
        hub.leave(name)


def number(text):
    try:
        value = json.loads(text)["value"]
    except Exception:
        return None
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value
