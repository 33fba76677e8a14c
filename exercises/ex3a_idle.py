"""Exercise 3a. Still there?

Write the endpoint `/ws`. It sends every text message back unchanged, at once, and it notices when a
client falls silent:

- 10 s after the last message, or after the connection opened, it sends `still there?`;
- if another 10 s go by without a message, it closes with code 1001 and the reason `idle`;
- any message, an empty one too, takes the question back and starts the 10 s anew.

    client  "alpha"
    server  "alpha"
            10 s pass
    server  "still there?"
            3 s pass
    client  "yes"
    server  "yes"
            10 s pass
    server  "still there?"
            10 s pass
    server  closes: 1001 "idle"

Every connection has a time of its own. A client may leave at any moment, in any way: then nothing
of it stays, no task and no timer, and no error is logged. While it talks, its tasks do not pile up.
"""

from fastapi import FastAPI, WebSocket

SILENCE = 10  # seconds
QUESTION = "still there?"
CODE, REASON = 1001, "idle"

app = FastAPI()


@app.websocket("/ws")
async def idle(websocket: WebSocket) -> None:
    raise NotImplementedError("ex3a: echo each message; ask after 10 s of silence, close after 20")
