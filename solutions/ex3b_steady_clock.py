"""Exercise 3b. A steady clock.

This program works, but its clock does not. The endpoint `/ws` is to

- send every text message back unchanged, at once;
- send `It is: ` and the date and time in ISO 8601 when the connection is 10, 20, 30 … seconds old,
  once each, however much the client talks.

    client  "alpha"
    server  "alpha"
            10 s after the connection opened
    server  "It is: 2026-11-23T09:30:10.123456"
            10 s later, with messages in between
    server  "It is: 2026-11-23T09:30:20.123789"

As it stands, a client that sends a message every second never hears the time. Mend it.

Every connection has a clock of its own. Every message is answered, in its order. A client may leave
at any moment, in any way: then nothing of it stays, no task and no timer, and no error is logged.
While it talks, its tasks do not pile up.
"""

import asyncio
from contextlib import suppress
from datetime import datetime

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

PERIOD = 10  # seconds

app = FastAPI()


async def echo(websocket: WebSocket) -> None:
    while True:
        text = await websocket.receive_text()
        await websocket.send_text(text)


async def tell_the_time(websocket: WebSocket) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due += PERIOD  # from moment to moment: what the work takes does not add up
        await asyncio.sleep(due - loop.time())
        await websocket.send_text(f"It is: {datetime.now().isoformat()}")


@app.websocket("/ws")
async def clock(websocket: WebSocket) -> None:
    await websocket.accept()
    # Both live as long as the connection: no message has anything to do with the clock.
    tasks = {
        asyncio.create_task(echo(websocket)),
        asyncio.create_task(tell_the_time(websocket)),
    }
    done, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in done:
        with suppress(WebSocketDisconnect):
            task.result()  # an error that nobody looks at ends up in the log
