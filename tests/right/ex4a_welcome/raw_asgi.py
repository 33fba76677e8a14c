# In another style: no framework; the Cookie header and the query taken apart by hand.

from urllib.parse import parse_qs

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
GREETINGS = {"en": "Hello", "es": "Hola"}


def cookie_of(scope, wanted):
    for name, value in scope["headers"]:
        if name == b"cookie":
            for part in value.decode("latin-1").split(";"):
                key, _, content = part.strip().partition("=")
                if key == wanted:
                    return content
    return None


async def app(scope, receive, send):
    if scope["type"] != "websocket":
        raise RuntimeError("websockets only")
    assert (await receive())["type"] == "websocket.connect"
    user = USERS.get(cookie_of(scope, "token"))
    query = parse_qs(scope["query_string"].decode())
    greeting = GREETINGS.get(query.get("lang", ["en"])[0])
    if scope["path"] != "/ws" or user is None or greeting is None:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": f"{greeting}, {user}!"})
    while (event := await receive())["type"] == "websocket.receive":
        if event.get("text") is not None:
            await send({"type": "websocket.send", "text": event["text"]})
