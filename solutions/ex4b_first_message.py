"""Exercise 4b. The token in the first message.

Write the endpoint `/ws`. It accepts every client and says nothing until it knows who is there.
The first message must be `{"token": …}` with a token of `USERS`. The answer is
`{"welcome": …}` with the user's name; from then on every text message goes back to its sender
unchanged, and there is no deadline any more:

    client  {"token": "token-ada"}
    server  {"welcome": "Ada"}
    client  "hello"
    server  "hello"

A first message that is anything else is answered by closing with 1008: an unknown token, no token,
no JSON object, no JSON at all, a binary message. There is no second try. A client whose first
message has not come within 5 seconds of its connection is closed with 1008 too. A client may leave
at any time, also before it has said anything.
"""

import asyncio
import json
from contextlib import suppress

from fastapi import FastAPI, WebSocket, WebSocketDisconnect, WebSocketException, status

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5  # seconds for the first message

app = FastAPI()


def user_of(text: str | None) -> str | None:
    """The user whose token a first message holds, if it holds one."""
    try:
        return USERS[json.loads(text)["token"]]
    except (TypeError, ValueError, LookupError):
        # Binary, no JSON, no object, no token, no string, or nobody's: all the same to us.
        return None


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        async with asyncio.timeout(DEADLINE):  # around the first message, not around the loop
            first = await websocket.receive()
    except TimeoutError:
        first = {"type": "nothing"}
    if first["type"] == "websocket.disconnect":
        return
    username = user_of(first.get("text"))
    if username is None:
        raise WebSocketException(status.WS_1008_POLICY_VIOLATION)
    with suppress(WebSocketDisconnect):  # the client may also leave while we answer
        await websocket.send_json({"welcome": username})
        async for text in websocket.iter_text():
            await websocket.send_text(text)
