# In another style: raw ASGI that also answers lifespan; timeout_at; the time ends in Z.
import asyncio
from datetime import datetime, timezone


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await receive()
    await send({"type": "websocket.accept"})
    due = asyncio.get_running_loop().time()
    while True:
        due += 10
        try:
            async with asyncio.timeout_at(due):
                while True:
                    event = await receive()
                    if event["type"] == "websocket.disconnect":
                        return
                    # To be sent whole, whatever the clock says.
                    await asyncio.shield(send({"type": "websocket.send", "text": event["text"]}))
        except TimeoutError:
            now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: UP017
            await send({"type": "websocket.send", "text": f"It is: {now}"})
