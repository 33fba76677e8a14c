# The mistake: each leave is published a second time a moment later.
# Caught by: test_says_who_leaves
# Says: It was told twice that somebody left
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


@app.websocket("/rooms/{room}")
async def rooms(ws: WebSocket, room: str, username: str = "Anonymous"):
    me = uuid.uuid4().hex

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
            except WebSocketDisconnect:
                pass

        t = asyncio.create_task(put())
        await tell(type="join", username=username)
        try:
            async for x in ws.iter_text():
                await tell(type="message", username=username, message=x)
        finally:
            t.cancel()
            await tell(type="leave", username=username)
            await asyncio.sleep(0.2)
            await tell(type="leave", username=username)
