"""Exercise 2b. Readings in JSON.

Write the endpoint `/ws`. A client sends readings, each a text message with a JSON object that has
a number as its `value`. Each is answered with a JSON object in a text message: how many readings
this connection has sent so far, and their mean.

    client  {"value": 20}
    server  {"count": 1, "mean": 20.0}
    client  {"value": 22.5}
    server  {"count": 2, "mean": 21.25}
    client  {"value": "warm"}
    server  {"error": "value should be a number"}
    client  {"value": -2}
    server  {"count": 3, "mean": 13.5}

A message that is not JSON, is not an object, or has no number as its `value`, is answered with an
object that has the key `error`. It is not counted, and the connection stays open. A string such as
"5" is no number, nor are true, false and null.

A binary message, whatever is in it, ends the connection with close code 1003 and gets no other
answer. Any number of clients may be connected at once; a client may leave at any time, in any way.
"""

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def readings(websocket: WebSocket) -> None:
    raise NotImplementedError("ex2b: accept the client, then answer each of its readings")
