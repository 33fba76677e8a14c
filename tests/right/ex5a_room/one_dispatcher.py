# In another style: one task for the whole room, started by the first member, passes messages on.

import asyncio
from dataclasses import dataclass, field

from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from pydantic import BaseModel


class Line(BaseModel):
    username: str
    message: str


@dataclass
class Room:
    members: dict[int, WebSocket] = field(default_factory=dict)
    inbox: asyncio.Queue | None = None
    task: asyncio.Task | None = None

    def open(self):
        if self.task is None:
            self.inbox = asyncio.Queue()
            self.task = asyncio.create_task(self.dispatch())

    async def dispatch(self):
        while True:
            sender, line = await self.inbox.get()
            text = line.model_dump_json()
            others = [m for number, m in self.members.items() if number != sender]
            await asyncio.gather(*(m.send_text(text) for m in others), return_exceptions=True)
            del others


app = FastAPI()
the_room = Room()


@app.websocket("/ws")
async def room(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    the_room.open()
    the_room.members[id(websocket)] = websocket
    try:
        while True:
            text = await websocket.receive_text()
            await the_room.inbox.put((id(websocket), Line(username=username, message=text)))
    except WebSocketDisconnect as gone:
        print("left with", gone.code)
    finally:
        del the_room.members[id(websocket)]
