# In another style: Starlette's class for endpoints, without an encoding of its own.

import json
import numbers

from starlette.applications import Starlette
from starlette.endpoints import WebSocketEndpoint
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket


class Readings(WebSocketEndpoint):
    async def on_connect(self, websocket: WebSocket) -> None:
        self.values: list[float] = []
        await websocket.accept()

    async def on_receive(self, websocket: WebSocket, data: str | bytes) -> None:
        if isinstance(data, bytes):
            await websocket.close(1003)
            return
        try:
            self.values.append(self.value(data))
        except ValueError as error:
            await websocket.send_json({"error": str(error)})
            return
        n = len(self.values)
        await websocket.send_json({"count": n, "mean": sum(self.values) / n})

    @staticmethod
    def value(text: str) -> float:
        reading = json.loads(text)
        if not isinstance(reading, dict) or "value" not in reading:
            raise ValueError("no value")
        value = reading["value"]
        if value is True or value is False or not isinstance(value, numbers.Real):
            raise ValueError("no number")
        return value


app = Starlette(routes=[WebSocketRoute("/ws", Readings)])
