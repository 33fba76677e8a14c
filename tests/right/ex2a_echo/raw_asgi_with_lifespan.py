# In another style: a class that is an ASGI application and keeps its lifespan.


class Application:
    async def __call__(self, scope, receive, send):
        await getattr(self, scope["type"])(scope, receive, send)

    async def lifespan(self, scope, receive, send):
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        await send({"type": "lifespan.shutdown.complete"})

    async def websocket(self, scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        number = 0
        while (event := await receive())["type"] == "websocket.receive":
            number += 1
            await send({"type": "websocket.send", "text": "{}: {}".format(number, event["text"])})


app = Application()
