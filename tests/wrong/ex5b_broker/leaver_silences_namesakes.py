# The mistake: who leaves ends the listener of its name, which others of that name need.
# Caught by: test_reaches_each_client_once_while_others_come_and_go
# Says: others have left

import asyncio, json, os
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
app = FastAPI()


class Name:
    """All connections of one name share one subscription."""

    def __init__(self, name):
        self.name, self.sockets = name, set()

    async def run(self):
        async with Redis.from_url(URL) as r, r.pubsub(ignore_subscribe_messages=True) as ps:
            await ps.subscribe("CHAT")
            async for m in ps.listen():
                d = json.loads(m["data"])
                if d["username"] != self.name:
                    await asyncio.gather(
                        *[s.send_json(d) for s in self.sockets], return_exceptions=True
                    )


names: dict[str, Name] = {}


@app.websocket("/ws")
async def chat(ws: WebSocket, username: str = "Anonymous"):
    await ws.accept()
    if username not in names:
        names[username] = n = Name(username)
        n.task = asyncio.create_task(n.run())
    n = names[username]
    n.sockets.add(ws)
    try:
        async for text in ws.iter_text():
            async with Redis.from_url(URL) as r:
                await r.publish("CHAT", json.dumps({"username": username, "message": text}))
    finally:
        n.sockets.remove(ws)
        if True:
            names.pop(username, None)
            n.task.cancel()
            await asyncio.gather(n.task, return_exceptions=True)
