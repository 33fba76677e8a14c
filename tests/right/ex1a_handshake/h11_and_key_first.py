# In another style: h11 reads the request; the key is looked at first, the upgrade last.

import base64
import binascii
import hashlib

import h11

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def handshake(request: bytes) -> bytes:
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(request)
    event = connection.next_event()
    headers = {name.decode(): value.decode() for name, value in event.headers}
    key = headers.get("sec-websocket-key")
    if key is None or not proper(key):
        return response(400)
    if headers.get("sec-websocket-version") != "13":
        return response(426, ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))
    tokens = [token.strip() for token in headers.get("connection", "").lower().split(",")]
    if "upgrade" not in tokens or headers.get("upgrade", "").lower() != "websocket":
        return response(426, ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"))
    return response(
        101,
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(key)),
        ("Server", "by hand: 1.0"),
    )


def proper(key: str) -> bool:
    try:
        return len(binascii.a2b_base64(key, strict_mode=True)) == 16
    except ValueError:
        return False


def response(status: int, *headers: tuple[str, str]) -> bytes:
    reasons = {101: "Switching Protocols", 400: "Bad Request", 426: "Upgrade Required"}
    lines = [f"HTTP/1.1 {status} {reasons[status]}", *map(": ".join, headers)]
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
