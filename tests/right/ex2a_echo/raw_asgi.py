# In another style: no framework at all, and no lifespan.


async def app(scope, receive, send):
    if scope["type"] != "websocket" or scope["path"] != "/ws":
        raise NotImplementedError(scope["type"])
    number = 0
    while True:
        event = await receive()
        match event["type"]:
            case "websocket.connect":
                await send({"type": "websocket.accept"})
            case "websocket.receive":
                number += 1
                await send({"type": "websocket.send", "text": f"{number}: {event['text']}"})
            case "websocket.disconnect":
                return
