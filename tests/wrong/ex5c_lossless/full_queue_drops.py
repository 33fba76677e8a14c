# The mistake: what finds a queue of ten full is dropped.
# Caught by: test_misses_nothing_when_everybody_talks_over_a_slow_link
# Says: finds a queue full
"""one listener per process, ConnectionManager, bounded queues (blocking put -> back pressure)"""

import asyncio, contextlib, json, logging, os
from fastapi import FastAPI, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis
from redis.exceptions import RedisError

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
log = logging.getLogger("chat")


class Client:
    def __init__(self, name):
        self.name = name
        self.queue = asyncio.Queue(maxsize=10)


class Manager:
    def __init__(self, url):
        self.redis = Redis.from_url(url)
        self.clients: set[Client] = set()
        self.ready = asyncio.Event()

    async def run(self):
        delay = 0.1
        while True:
            try:
                async with self.redis.pubsub(ignore_subscribe_messages=False) as ps:
                    await ps.subscribe("CHAT")
                    async for item in ps.listen():
                        if item["type"] == "subscribe":
                            self.ready.set()
                            delay = 0.1
                        elif item["type"] == "message":
                            self.deliver(json.loads(item["data"]))
            except (RedisError, OSError) as e:
                log.warning("broker lost: %s", e)
                await asyncio.sleep(delay)
                delay = min(delay * 2, 2)

    def deliver(self, obj):
        for c in list(self.clients):
            if c.name != obj["username"]:
                try:
                    c.queue.put_nowait(obj)
                except asyncio.QueueFull:
                    pass

    async def publish(self, name, text):
        await self.redis.publish(
            "CHAT", json.dumps({"username": name, "message": text}, ensure_ascii=False)
        )


manager: Manager


@contextlib.asynccontextmanager
async def lifespan(app: FastAPI):
    global manager
    manager = Manager(REDIS_URL)
    task = asyncio.create_task(manager.run())
    await asyncio.wait_for(manager.ready.wait(), 10)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await manager.redis.aclose()


app = FastAPI(lifespan=lifespan)


@app.websocket("/ws")
async def ws(websocket: WebSocket, username: str = "Anonymous"):
    await websocket.accept()
    me = Client(username)
    manager.clients.add(me)

    async def pump():
        while True:
            await websocket.send_json(await me.queue.get())

    task = asyncio.create_task(pump())
    try:
        while True:
            await manager.publish(username, await websocket.receive_text())
    except WebSocketDisconnect:
        pass
    finally:
        manager.clients.discard(me)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
