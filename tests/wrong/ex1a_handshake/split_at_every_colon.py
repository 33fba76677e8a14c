# The mistake: a value with a colon in it stops the reading.
# Caught by: test_accepts_an_upgrade
# Says: its separator may be missing, or stand in a value as well

import base64
import binascii
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def handshake(request: bytes) -> bytes:
    first, *lines = request.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        if line:
            name, value = line.split(":")
            headers[name.lower()] = value.strip()
    connection = [word.strip().lower() for word in headers.get("connection", "").split(",")]
    upgrade = headers.get("upgrade", "").lower()
    if not first.startswith("GET ") or upgrade != "websocket" or "upgrade" not in connection:
        return head("426 Upgrade Required", "Upgrade: websocket")
    if headers.get("sec-websocket-version") != "13":
        return head("426 Upgrade Required", "Sec-WebSocket-Version: 13")
    key = headers.get("sec-websocket-key", "")
    try:
        size = len(base64.b64decode(key, validate=True))
    except binascii.Error:
        size = 0
    if size != 16:
        return head("400 Bad Request")
    return head(
        "101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(key)}",
    )


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()
