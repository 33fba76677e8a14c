# The mistake: it publishes with a client that blocks, for up to two seconds.
# Caught by: test_carries_each_text_to_its_room_alone
# Says: the server stood still
"""sync redis in threads, a monitor coroutine"""

import asyncio, json, os, re, threading, uuid
from contextlib import asynccontextmanager, suppress
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
ALLOWED_ORIGINS = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
client = redis.Redis.from_url(
    REDIS_URL, socket_timeout=2, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0)
)
state = {"up": False}
members = {}


def listen(loop, halt):
    while not halt.is_set():
        ps = client.pubsub(ignore_subscribe_messages=True)
        try:
            ps.subscribe("chat")
            client.ping()
            loop.call_soon_threadsafe(state.update, {"up": True})
            while not halt.is_set():
                m = ps.get_message(timeout=0.5)
                if m:
                    loop.call_soon_threadsafe(deliver, json.loads(m["data"]))
                else:
                    client.ping()
        except (redis.RedisError, OSError):
            loop.call_soon_threadsafe(lose)
            halt.wait(0.5)
        finally:
            with suppress(Exception):
                ps.close()


def deliver(d):
    for me, (room, q) in members.items():
        if room == d["room"] and me != d["me"]:
            q.put_nowait(d["event"])


def lose():
    state["up"] = False
    for _, q in members.values():
        q.put_nowait(None)


@asynccontextmanager
async def lifespan(app):
    halt = threading.Event()
    t = threading.Thread(target=listen, args=(asyncio.get_running_loop(), halt), daemon=True)
    t.start()
    yield
    halt.set()
    await asyncio.to_thread(t.join)


app = FastAPI(lifespan=lifespan)


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: str) -> None:
    username = USERS.get(websocket.cookies.get("token"))
    origin = websocket.headers.get("origin")
    ok = (
        username
        and re.fullmatch(r"[a-z0-9-]{1,32}", room)
        and (origin is None or origin in ALLOWED_ORIGINS.split(","))
    )
    if not ok:
        return await websocket.close()
    await websocket.accept()
    if not state["up"]:
        return await websocket.close(1013)
    me, q = uuid.uuid4().hex, asyncio.Queue()
    members[me] = room, q

    async def out():
        with suppress(WebSocketDisconnect, RuntimeError):
            while (e := await q.get()) is not None:
                await websocket.send_json(e)
            await websocket.close(1013)

    t = asyncio.create_task(out())
    try:
        async for text in websocket.iter_text():
            if len(text) > 1000:
                await websocket.send_json({"type": "error", "message": "no"})
                continue
            event = {"type": "message", "username": username, "message": text}
            try:
                client.publish("chat", json.dumps({"me": me, "room": room, "event": event}))
            except (redis.RedisError, OSError):
                await websocket.close(1013)
                break
    except RuntimeError:
        pass
    finally:
        del members[me]
        t.cancel()
        with suppress(asyncio.CancelledError):
            await t
