# In another style: raw ASGI without lifespan; loop.call_at sets an event beside the receive.
import asyncio


async def app(scope, receive, send):
    if scope["type"] != "websocket" or scope["path"] != "/ws":
        raise NotImplementedError
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    loop = asyncio.get_running_loop()

    def end(future):
        if not future.done():
            future.set_result(None)

    silences = 0
    receiving = asyncio.ensure_future(receive())
    try:
        while True:
            up = loop.create_future()
            timer = loop.call_at(loop.time() + 10, end, up)
            try:
                await asyncio.wait([receiving, up], return_when=asyncio.FIRST_COMPLETED)
            finally:
                timer.cancel()
            if receiving.done():
                message = receiving.result()
                if message["type"] == "websocket.disconnect":
                    return
                silences = 0
                receiving = asyncio.ensure_future(receive())
                await send({"type": "websocket.send", "text": message["text"]})
                continue
            silences += 1
            if silences == 2:
                await send({"type": "websocket.close", "code": 1001, "reason": "idle"})
                return
            await send({"type": "websocket.send", "text": "still there?"})
    finally:
        receiving.cancel()
