# The mistake: each message is sent a second time a moment later.
# Caught by: test_carries_messages_to_every_worker
# Says: Each message should come once
import asyncio, json, os, re, uuid
from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException
from redis.asyncio import Redis
from redis.exceptions import RedisError

URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
OK = os.environ.get("ALLOWED_ORIGINS", "http://localhost:8888").split(",")
USERS = {"token-ada": "Ada", "token-grace": "Grace", "token-alan": "Alan"}
app = FastAPI()


@app.websocket("/rooms/{room}")
async def chat(ws: WebSocket, room: str):
    token = ws.cookies.get("token")
    if (
        token not in USERS
        or ws.headers.get("origin", OK[0]) not in OK
        or not re.fullmatch("[a-z0-9-]{1,32}", room)
    ):
        raise WebSocketException(1008)
    await ws.accept()
    me = uuid.uuid4().hex
    r = Redis.from_url(URL, socket_connect_timeout=1)
    ts = []
    try:
        p = r.pubsub()
        await p.subscribe(room)

        async def listen():
            async for m in p.listen():
                if m["type"] == "message":
                    k, e = json.loads(m["data"])
                    if k != me:
                        await ws.send_json(e)
                        ts.append(asyncio.create_task(late(e)))

        async def late(e):
            await asyncio.sleep(0.2)
            await ws.send_json(e)

        async def talk():
            async for x in ws.iter_text():
                if len(x) > 1000:
                    await ws.send_json({"type": "error", "message": "too long"})
                else:
                    await r.publish(
                        room,
                        json.dumps(
                            [me, {"type": "message", "username": USERS[token], "message": x}]
                        ),
                    )

        main = [asyncio.create_task(listen()), asyncio.create_task(talk())]
        ts += main
        done, _ = await asyncio.wait(main, return_when=asyncio.FIRST_COMPLETED)
        for d in done:
            d.result()
    except (RedisError, OSError):
        try:
            await ws.close(1013)
        except (WebSocketDisconnect, RuntimeError):
            pass
    except WebSocketDisconnect:
        pass
    finally:
        for t in ts:
            t.cancel()
        await asyncio.gather(*ts, return_exceptions=True)
        try:
            await p.aclose()
        except Exception:
            pass
        await r.aclose()
