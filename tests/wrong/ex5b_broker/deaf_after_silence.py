# The mistake: `socket_timeout` ends the listener when nobody has spoken for two seconds.
# Caught by: test_passes_a_message_on_to_the_others
# Says: had said anything for 65 s

import asyncio, contextlib, json, os
import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

r = redis.from_url(os.environ.get("REDIS_URL", "redis://localhost:6379"), socket_timeout=2)
members: set[tuple[WebSocket, str]] = set()


async def pump(ps):
    async for m in ps.listen():
        if m["type"] != "message":
            continue
        data = json.loads(m["data"])
        for ws, name in list(members):
            if name != data["username"]:
                try:
                    await ws.send_json(data)
                except Exception:
                    members.discard((ws, name))


@contextlib.asynccontextmanager
async def lifespan(app):
    ps = r.pubsub()
    await ps.subscribe("CHAT")
    t = asyncio.create_task(pump(ps))
    yield
    t.cancel()
    await ps.aclose()
    await r.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def endpoint(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    me = (websocket, username)
    members.add(me)
    try:
        while True:
            await r.publish(
                "CHAT",
                json.dumps({"username": username, "message": await websocket.receive_text()}),
            )
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(me)
