# In another style: a manager with a lock, which finds out who is dead by sending, and prunes.

import asyncio

from fastapi import Depends, FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class ConnectionManager:
    def __init__(self):
        self.active: list[WebSocket] = []
        self.lock = asyncio.Lock()

    async def connect(self, websocket: WebSocket):
        await websocket.accept()
        async with self.lock:
            self.active.append(websocket)

    async def disconnect(self, websocket: WebSocket):
        async with self.lock:
            if websocket in self.active:
                self.active.remove(websocket)

    async def broadcast(self, sender: WebSocket, message: dict):
        async with self.lock:
            dead = []
            for member in self.active:
                if member is not sender:
                    try:
                        await member.send_json(message)
                    except Exception:
                        dead.append(member)
            for member in dead:
                self.active.remove(member)


manager = ConnectionManager()


def name_of(username: str = "Anonymous") -> str:
    return username


@app.websocket("/ws")
async def room(websocket: WebSocket, name: str = Depends(name_of)):
    await manager.connect(websocket)
    try:
        while True:
            text = await websocket.receive_text()
            await manager.broadcast(websocket, {"username": name, "message": text})
    except WebSocketDisconnect:
        pass
    finally:
        await manager.disconnect(websocket)
