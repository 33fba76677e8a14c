# In another style: raw ASGI; the members are the `send` functions of their connections.

import json
from urllib.parse import parse_qs

members = {}


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    assert scope["type"] == "websocket" and scope["path"] == "/ws"
    query = parse_qs(scope["query_string"].decode())
    username = query.get("username", ["Anonymous"])[0]
    assert (await receive())["type"] == "websocket.connect"
    await send({"type": "websocket.accept"})
    key = object()
    members[key] = send
    try:
        while (event := await receive())["type"] == "websocket.receive":
            text = json.dumps({"username": username, "message": event["text"]})
            for other, deliver in list(members.items()):
                if other is not key:
                    try:
                        await deliver({"type": "websocket.send", "text": text})
                    except Exception:
                        members.pop(other, None)
    finally:
        members.pop(key, None)
