# In another style: it looks at the wall clock once a second.

import asyncio
import json
from datetime import datetime, timedelta

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
app = FastAPI()


class Session:
    def __init__(self, ws):
        self.ws, self.opened, self.user = ws, datetime.now(), None

    async def close(self, why):
        try:
            await self.ws.close(code=1008, reason=why)
        except (RuntimeError, WebSocketDisconnect):
            pass

    async def timer(self):
        while datetime.now() - self.opened < timedelta(seconds=5):
            await asyncio.sleep(1)
        if self.user is None:
            await self.close("login timeout")

    async def run(self):
        await self.ws.accept()
        timer = asyncio.create_task(self.timer())
        try:
            event = await self.ws.receive()
            if event["type"] == "websocket.disconnect":
                return
            try:
                self.user = USERS[json.loads(event["text"])["token"]]
            except (KeyError, ValueError, TypeError):
                await self.close("bad token")
                return
            timer.cancel()
            await self.ws.send_json({"welcome": self.user})
            async for text in self.ws.iter_text():
                await self.ws.send_text(text)
        finally:
            timer.cancel()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await Session(websocket).run()
