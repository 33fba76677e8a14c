"""Exercise 2a. A numbered echo.

Write the endpoint `/ws`. To each text message it answers with the number of that message in this
connection, a colon, a space and the text, unchanged:

    client  "alpha"
    server  "1: alpha"
    client  "beta"
    server  "2: beta"

Every connection counts for itself, from 1. A client may leave at any time.
"""

from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket) -> None:
    raise NotImplementedError("ex2a: accept the client, then answer each of its messages")
