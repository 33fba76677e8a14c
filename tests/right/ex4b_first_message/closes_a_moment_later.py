# In another style: raw ASGI, and the close comes 10 ms after the time was up.

import asyncio
import json

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        raise RuntimeError
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"a", b"b")]})
    q = asyncio.Queue()

    async def read():
        while True:
            m = await receive()
            q.put_nowait(m)
            if m["type"] == "websocket.disconnect":
                return

    r = asyncio.create_task(read())

    async def put(text):
        await asyncio.sleep(0.004)
        await send({"type": "websocket.send", "text": text})

    try:
        try:
            m = await asyncio.wait_for(q.get(), 5)
        except TimeoutError:
            m = {"type": "late"}
        if m["type"] == "websocket.disconnect":
            return
        try:
            name = USERS[json.loads(m["text"])["token"]]
        except Exception:
            await asyncio.sleep(0.01)
            await send({"type": "websocket.close", "code": 1008, "reason": "who?"})
            return
        await asyncio.create_task(put(json.dumps({"welcome": name})))
        while (m := await q.get())["type"] == "websocket.receive":
            await asyncio.create_task(put(m["text"]))
    except OSError:
        pass
    finally:
        r.cancel()
        await asyncio.gather(r, return_exceptions=True)
