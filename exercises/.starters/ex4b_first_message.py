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

from fastapi import FastAPI, WebSocket

USERS = {"token-ada": "Ada", "token-grace": "Grace"}
DEADLINE = 5  # seconds for the first message

app = FastAPI()


@app.websocket("/ws")
async def welcome(websocket: WebSocket) -> None:
    raise NotImplementedError("ex4b: accept, wait for the token, welcome or close, then echo")
