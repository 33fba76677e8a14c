# The mistake: one listener for all, which ends when it cannot send to one of them.
# Caught by: test_says_who_leaves
# Says: Whoever sends to many goes on with the others
"""connection manager; a shared pubsub per worker with dynamic, reference-counted subscriptions"""

import asyncio, json, logging, os
from contextlib import asynccontextmanager
from uuid import uuid4
from fastapi import Depends, FastAPI, Query, WebSocket, WebSocketDisconnect
from redis.asyncio import Redis

logger = logging.getLogger(__name__)
REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")


class RoomManager:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._pubsub = redis.pubsub()
        self._rooms: dict[str, dict[str, WebSocket]] = {}
        self._lock = asyncio.Lock()
        self._reader: asyncio.Task | None = None

    async def start(self):
        await self._pubsub.subscribe("__control__")
        self._reader = asyncio.create_task(self._read(), name="reader")

    async def stop(self):
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        await self._pubsub.aclose()
        await self._redis.aclose()

    async def _read(self):
        async for m in self._pubsub.listen():
            if m["type"] != "message":
                continue
            room = m["channel"].decode().removeprefix("room:")
            d = json.loads(m["data"])
            targets = [ws for cid, ws in self._rooms.get(room, {}).items() if cid != d["origin"]]

            for ws in targets:
                await ws.send_json(d["payload"])

    async def _safe_send(self, ws, payload):
        try:
            await asyncio.wait_for(ws.send_json(payload), 5)
        except Exception:
            logger.debug("dropping message for a dead client")

    async def connect(self, room, cid, ws):
        async with self._lock:
            if room not in self._rooms:
                self._rooms[room] = {}
                await self._pubsub.subscribe(f"room:{room}")
            self._rooms[room][cid] = ws

    async def disconnect(self, room, cid):
        async with self._lock:
            self._rooms[room].pop(cid, None)
            if not self._rooms[room]:
                del self._rooms[room]
                await self._pubsub.unsubscribe(f"room:{room}")

    async def publish(self, room, cid, payload):
        await self._redis.publish(f"room:{room}", json.dumps({"origin": cid, "payload": payload}))


@asynccontextmanager
async def lifespan(app: FastAPI):
    app.state.manager = RoomManager(Redis.from_url(REDIS_URL))
    await app.state.manager.start()
    yield
    await app.state.manager.stop()


app = FastAPI(lifespan=lifespan)


def get_manager(websocket: WebSocket) -> RoomManager:
    return websocket.app.state.manager


@app.websocket("/rooms/{room}")
async def rooms(
    websocket: WebSocket,
    room: str,
    username: str = Query(default="Anonymous"),
    manager: RoomManager = Depends(get_manager),
):
    await websocket.accept()
    cid = str(uuid4())
    await manager.connect(room, cid, websocket)
    await manager.publish(room, cid, {"type": "join", "username": username})
    try:
        while True:
            text = await websocket.receive_text()
            await manager.publish(
                room, cid, {"type": "message", "username": username, "message": text}
            )
    except WebSocketDisconnect:
        logger.info("gone")
    finally:
        await manager.disconnect(room, cid)
        await manager.publish(room, cid, {"type": "leave", "username": username})
