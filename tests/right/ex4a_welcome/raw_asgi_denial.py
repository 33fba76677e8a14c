# In another style: raw ASGI with a lifespan, refusing by the HTTP response extension with 401.

from http.cookies import SimpleCookie
from urllib.parse import parse_qsl

USERS = {"token-ada": "Ada", "token-grace": "Grace"}


async def lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def deny(send, status, body):
    start = {"type": "websocket.http.response.start", "status": status, "headers": []}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    await receive()
    cookies = SimpleCookie()
    for name, value in scope["headers"]:
        if name == b"cookie":
            cookies.load(value.decode("latin-1"))
    token = cookies["token"].value if "token" in cookies else None
    if token not in USERS:
        return await deny(send, 401, b"who are you?")
    lang = dict(parse_qsl(scope["query_string"].decode())).get("lang", "en")
    if lang not in ("en", "es"):
        return await deny(send, 403, b"lang is en or es")
    await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
    hello = "Hello" if lang == "en" else "Hola"
    await send({"type": "websocket.send", "text": f"{hello}, {USERS[token]}!", "bytes": None})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            break
        await send({"type": "websocket.send", "text": message["text"]})
