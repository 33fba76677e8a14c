# The mistake: the key's pattern lets an underscore pass.
# Caught by: test_says_400_to_a_malformed_key
# Says: belong to another alphabet

import base64
import binascii
import hashlib
import re

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def handshake(request: bytes) -> bytes:
    lines = request.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        if ":" in line:
            name, value = line.split(":", 1)
            name = name.strip().lower()
            value = value.strip()
            if name in headers:
                headers[name] += ", " + value
            else:
                headers[name] = value
    upgrades = [u.strip().lower() for u in headers.get("upgrade", "").split(",")]
    conns = [c.strip().lower() for c in headers.get("connection", "").split(",")]
    if not lines[0].startswith("GET ") or "websocket" not in upgrades or "upgrade" not in conns:
        return b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    if headers.get("sec-websocket-version") != "13":
        return b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n"
    key = headers.get("sec-websocket-key", "")
    try:
        ok = bool(re.match(r"^[\w+/]{22}==$", key))
    except ValueError:
        ok = False
    if not ok:
        return b"HTTP/1.1 400 Bad Request\r\n\r\n"
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
    ).encode()
