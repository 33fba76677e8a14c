# In another style: `receive()` and its messages, and a logger of its own.

import logging

import fastapi

app = fastapi.FastAPI()
log = logging.getLogger("echo")
logging.basicConfig(level=logging.DEBUG)


@app.websocket("/ws")
async def echo(socket: fastapi.WebSocket):
    await socket.accept()
    texts = []
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            log.warning("left: %s", message)
            break
        texts.append(message["text"])
        log.info("text %r", texts[-1])
        await socket.send({"type": "websocket.send", "text": f"{len(texts)}: {texts[-1]}"})
