# The mistake: the worker's subscription goes with the client that came first.
# Caught by: test_misses_nothing_while_others_come_and_go
# Says: Whose subscription is it

import asyncio, json, os
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

app = FastAPI()
redis = Redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"))
clients: list[tuple[str, asyncio.Queue]] = []
listener = None
starting = asyncio.Lock()


async def listen(ps):
    async for m in ps.listen():
        if m["type"] == "message":
            event = json.loads(m["data"])
            for name, q in clients:
                if name != event["username"]:
                    q.put_nowait(event)


async def ensure_listener():
    global listener
    async with starting:
        if listener is None:
            ps = redis.pubsub()
            await ps.subscribe("CHAT")
            listener = asyncio.create_task(listen(ps))


async def write(ws, q):
    while True:
        event = await q.get()
        await ws.send_json(event)


@app.websocket("/ws")
async def chat(ws: WebSocket, username: str = "Anonymous"):
    first = listener is None
    await ensure_listener()
    await ws.accept()
    entry = (username, asyncio.Queue())
    clients.append(entry)
    w = asyncio.create_task(write(ws, entry[1]))
    w.add_done_callback(lambda t: t.cancelled() or t.exception())
    try:
        while True:
            text = await ws.receive_text()
            await redis.publish("CHAT", json.dumps({"username": username, "message": text}))
    except WebSocketDisconnect:
        pass
    finally:
        clients[:] = [e for e in clients if e is not entry]
        w.cancel()
        if first:
            listener.cancel()
