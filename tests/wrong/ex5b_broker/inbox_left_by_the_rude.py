# The mistake: the inbox of a client that was reset stays at the broker.
# Caught by: test_leaves_nothing_behind
# Says: such as an inbox

import asyncio
import json
import os
import uuid

import redis.asyncio as aioredis
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

REDIS_URL = os.environ.get("REDIS_URL", "redis://localhost:6379")
MEMBERS = "ex5b:members"  # inbox -> name

SAY = """
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i + 1] ~= ARGV[1] then redis.call('RPUSH', all[i], ARGV[2]) end
end
"""

app = FastAPI()


@app.websocket("/ws")
async def chat(websocket: WebSocket, username: str = "Anonymous") -> None:
    inbox = f"ex5b:inbox:{uuid.uuid4()}"
    async with aioredis.from_url(REDIS_URL) as redis:
        say = redis.register_script(SAY)
        await redis.hset(MEMBERS, inbox, username)
        try:
            await websocket.accept()

            async def deliver() -> None:
                while True:
                    item = await redis.blpop([inbox], timeout=0)
                    if item is not None:
                        await websocket.send_text(item[1].decode())

            deliverer = asyncio.create_task(deliver())
            try:
                while True:
                    text = await websocket.receive_text()
                    body = json.dumps({"username": username, "message": text})
                    await say(keys=[MEMBERS], args=[username, body])
            finally:
                deliverer.cancel()
                await asyncio.gather(deliverer, return_exceptions=True)
        except WebSocketDisconnect as e:
            if e.code in (1000, 1001):
                async with redis.pipeline(transaction=True) as pipe:
                    await pipe.hdel(MEMBERS, inbox).delete(inbox).execute()
