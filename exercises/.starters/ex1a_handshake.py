"""Exercise 1a. Answer the handshake by hand.

Write two functions. `accept_key(key)` returns the value of `Sec-WebSocket-Accept` for the value
of a `Sec-WebSocket-Key`: the two texts key and GUID joined, hashed with SHA-1, and the digest in
base64.

`handshake(request)` gets the head of an HTTP request, up to and including its empty line, and
returns the head of the response: status line, headers, empty line. Every line ends with CRLF,
nothing follows.

1. A request for a WebSocket gets status 101 with the headers `Upgrade: websocket`,
   `Connection: Upgrade` and `Sec-WebSocket-Accept`. It is a GET and has
   - an `Upgrade` that names websocket and a `Connection`, a list with commas, that holds upgrade,
   - `Sec-WebSocket-Version: 13`,
   - a `Sec-WebSocket-Key` that is base64 (A-Z a-z 0-9 + / =) of 16 bytes.
2. Not an upgrade to websocket: status 426 with `Upgrade: websocket`.
3. Another version, or none: status 426 with `Sec-WebSocket-Version: 13`.
4. The key is missing or malformed: status 400.

The case of letters does not matter in the names of headers nor in websocket and upgrade; spaces
around values do not count; headers come in any order, others among them. In the end, a real client
library shakes hands with what you answer.

    client  GET /ws HTTP/1.1
            Host: localhost:8000
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Version: 13
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

    server  HTTP/1.1 101 Switching Protocols
            Upgrade: websocket
            Connection: Upgrade
            Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=
"""

import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def accept_key(key: str) -> str:
    raise NotImplementedError("ex1a: prove that you have read the key")


def handshake(request: bytes) -> bytes:
    raise NotImplementedError("ex1a: read the request, then answer it")
