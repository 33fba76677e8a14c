# The mistake: it waits for another program at each message.
# Caught by: test_serves_others_meanwhile
# Says: the server stood still
import subprocess
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def echo(ws: WebSocket):
    await ws.accept()
    n = 0
    try:
        while True:
            t = await ws.receive_text()
            n += 1
            subprocess.run(["sleep", "0.2"])
            await ws.send_text(f"{n}: {t}")
    except WebSocketDisconnect:
        pass
