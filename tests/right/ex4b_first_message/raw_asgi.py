# In another style: no framework; wait_for around the first event.

import asyncio
import json

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


async def app(scope, receive, send):
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept"})
    try:
        event = await asyncio.wait_for(receive(), timeout=5.0)
    except asyncio.TimeoutError:  # noqa: UP041
        await send({"type": "websocket.close", "code": 1008, "reason": "too late"})
        return
    if event["type"] == "websocket.disconnect":
        return
    name = None
    if event.get("text"):
        try:
            content = json.loads(event["text"])
        except json.JSONDecodeError:
            content = None
        if isinstance(content, dict) and isinstance(content.get("token"), str):
            name = USERS.get(content["token"])
    if name is None:
        await send({"type": "websocket.close", "code": 1008})
        return
    await send({"type": "websocket.send", "text": json.dumps({"welcome": name})})
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            break
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
