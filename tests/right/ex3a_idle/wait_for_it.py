# In another style: wait_for and a flag, iter over receive(), nothing else.
import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


@app.websocket("/ws")
async def endpoint(ws: WebSocket):
    await ws.accept()
    asked = False
    while True:
        try:
            text = await asyncio.wait_for(ws.receive_text(), 10)
        except TimeoutError:
            if asked:
                await ws.close(1001, "idle")
                return
            asked = True
            await ws.send_text("still there?")
        except WebSocketDisconnect:
            return
        else:
            asked = False
            await ws.send_text(text)
