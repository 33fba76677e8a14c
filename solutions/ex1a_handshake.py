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
import binascii
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def accept_key(key: str) -> str:
    digest = hashlib.sha1((key + GUID).encode()).digest()
    return base64.b64encode(digest).decode()


def handshake(request: bytes) -> bytes:
    method, headers = read_head(request)
    key = headers.get("sec-websocket-key", "")
    if method != "GET" or not asks_for_websocket(headers):
        return head("426 Upgrade Required", "Upgrade: websocket")
    if headers.get("sec-websocket-version") != "13":
        # RFC 9110, section 15.5.22: a 426 names the protocol, too.
        return head("426 Upgrade Required", "Upgrade: websocket", "Sec-WebSocket-Version: 13")
    if not is_key(key):
        return head("400 Bad Request")
    return head(
        "101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(key)}",
    )


def read_head(request: bytes) -> tuple[str, dict[str, str]]:
    first, *lines = request.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")  # at the first colon: values have colons, too
        headers[name.lower()] = value.strip()
    return first.split(" ")[0], headers


def asks_for_websocket(headers: dict[str, str]) -> bool:
    # Firefox sends "keep-alive, Upgrade": the whole value is not the word looked for.
    words = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    return headers.get("upgrade", "").lower() == "websocket" and "upgrade" in words


def is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16  # else it skips foreign letters
    except (binascii.Error, ValueError):
        return False


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()
