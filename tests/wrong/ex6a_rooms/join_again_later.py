# The mistake: each join is told a second time a moment later.
# Caught by: test_says_who_joins
# Says: It was told twice that somebody came
import asyncio, json, os, uuid
from contextlib import asynccontextmanager
from broadcaster import Broadcast
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

b = Broadcast(os.environ.get("REDIS_URL", "redis://localhost:6379"))


@asynccontextmanager
async def life(app):
    async with b:
        yield


app = FastAPI(lifespan=life)


async def again(ws, m):
    await asyncio.sleep(0.2)
    try:
        await ws.send_json(m)
    except (WebSocketDisconnect, RuntimeError):
        pass


@app.websocket("/rooms/{room}")
async def rooms(ws: WebSocket, room: str, username: str = "Anonymous"):
    me = uuid.uuid4().hex
    late = set()

    async def tell(**e):
        await b.publish("r:" + room, json.dumps([me, e]))

    await ws.accept()
    async with b.subscribe("r:" + room) as s:

        async def put():
            try:
                async for e in s:
                    k, m = json.loads(e.message)
                    if k != me:
                        await ws.send_json(m)
                        if m["type"] == "join":
                            late.add(k2 := asyncio.create_task(again(ws, m)))
                            k2.add_done_callback(late.discard)
            except WebSocketDisconnect:
                pass

        t = asyncio.create_task(put())
        await tell(type="join", username=username)
        try:
            async for x in ws.iter_text():
                await tell(type="message", username=username, message=x)
        finally:
            t.cancel()
            for k2 in late:
                k2.cancel()
            await tell(type="leave", username=username)
