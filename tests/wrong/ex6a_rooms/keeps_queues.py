# The mistake: it never takes the queue of a connection out.
# Caught by: test_leaves_nothing_behind
# Says: queues are still kept
"""one psubscribe listener per process, local fan-out, queues, manager"""

import asyncio, contextlib, itertools, json, os
from collections import defaultdict
import redis.asyncio as redis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class Hub:
    PREFIX = "hub:room:"

    def __init__(self):
        self.node = os.urandom(8).hex()
        self.counter = itertools.count()
        self.rooms = defaultdict(dict)
        self.up = asyncio.Event()

    async def run(self):
        self.r = redis.from_url(REDIS_URL)
        while True:
            try:
                async with self.r.pubsub() as ps:
                    await ps.psubscribe(self.PREFIX + "*")
                    async for m in ps.listen():
                        if m["type"] == "psubscribe":
                            self.up.set()
                        elif m["type"] == "pmessage":
                            self.dispatch(
                                m["channel"].decode()[len(self.PREFIX) :], json.loads(m["data"])
                            )
            except redis.ConnectionError:
                await asyncio.sleep(0.5)

    def dispatch(self, room, env):
        for cid, q in self.rooms.get(room, {}).items():
            if cid != env["id"]:
                q.put_nowait(env["ev"])

    async def publish(self, room, cid, ev):
        await self.r.publish(self.PREFIX + room, json.dumps({"id": cid, "ev": ev}))

    @contextlib.asynccontextmanager
    async def member(self, room):
        cid = f"{self.node}-{next(self.counter)}"
        q = self.rooms[room][cid] = asyncio.Queue()
        try:
            yield cid, q
        finally:
            pass


@contextlib.asynccontextmanager
async def lifespan(app):
    app.state.hub = hub = Hub()
    t = asyncio.create_task(hub.run())
    await hub.up.wait()
    yield
    t.cancel()
    await asyncio.wait([t])
    await hub.r.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def rooms(ws: WebSocket, room: str, username: str = "Anonymous"):
    hub: Hub = ws.app.state.hub
    await ws.accept()
    async with hub.member(room) as (cid, queue):
        await hub.publish(room, cid, dict(type="join", username=username))

        async def drain():
            while True:
                await ws.send_json(await queue.get())

        t = asyncio.create_task(drain())
        try:
            async for text in ws.iter_text():
                await hub.publish(room, cid, dict(type="message", username=username, message=text))
        finally:
            t.cancel()
            with contextlib.suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await t
            await hub.publish(room, cid, dict(type="leave", username=username))
