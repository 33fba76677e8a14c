# In another style: no framework at all.

import json


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    assert scope["type"] == "websocket"
    await receive()
    await send({"type": "websocket.accept", "headers": [(b"x-server", b"by hand")]})
    seen = []
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            return
        if event.get("bytes") is not None:
            await send({"type": "websocket.close", "code": 1003})
            return
        answer = json.dumps(answer_to(event["text"], seen), indent=1)
        await send({"type": "websocket.send", "text": answer})


def answer_to(text, seen):
    try:
        value = json.loads(text)["value"]
        if type(value) not in (int, float):
            raise TypeError(type(value).__name__)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        return {"error": repr(error)}
    seen.append(value)
    return {"mean": sum(seen) / len(seen), "count": len(seen)}
