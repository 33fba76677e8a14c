"""Exercise 5b. A chat over a broker.

Several workers, each a process of its own, serve this chat; what they share is the broker that
`REDIS_URL` names. A client connects to `/ws` of any of them, by the name that the query parameter
`username` gives, else as `Anonymous`. Each of its text messages reaches every client of another
name, on every worker, once, as JSON:

    client A  opens /ws?username=Ada on worker 1
    client B  opens /ws?username=Grace on worker 2
    client A  "good morning"
    worker 2  {"username": "Ada", "message": "good morning"}   to client B

No client of the sender's name gets it, not even one that is another connection. A client may leave
in any way, at any time; nothing of it stays, and no subscription at the broker either.

`workbook serve ex5b --workers 2` shows it in `chat.html`, one pane on each worker.
"""

import os
from contextlib import asynccontextmanager

from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
CHANNEL = "CHAT"

broadcast = Broadcast(REDIS_URL)


@asynccontextmanager
async def lifespan(app: FastAPI):
    await broadcast.connect()
    yield
    await broadcast.disconnect()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous") -> None:
    raise NotImplementedError("ex5b: publish what the client says, send it what others publish")
