# In another style: regular expressions over the bytes.

import base64
import hashlib
import re

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

KEY = re.compile(rb"[A-Za-z0-9+/]{22}==")


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1(f"{key}{GUID}".encode()).digest()).decode()


def header(request: bytes, name: str) -> bytes:
    pattern = rb"^" + name.encode() + rb":[ \t]*(.*?)[ \t]*\r$"
    found = re.search(pattern, request, re.IGNORECASE | re.MULTILINE)
    return found[1] if found else b""


def handshake(request: bytes) -> bytes:
    upgrade = re.fullmatch(rb"websocket", header(request, "Upgrade"), re.IGNORECASE)
    option = re.search(
        rb"(?:^|,)[ \t]*upgrade[ \t]*(?:,|$)", header(request, "Connection"), re.IGNORECASE
    )
    key = header(request, "Sec-WebSocket-Key")
    if not request.startswith(b"GET") or not upgrade or not option:
        return b"HTTP/1.1 426 \r\nupgrade: websocket\r\n\r\n"
    if header(request, "Sec-WebSocket-Version") != b"13":
        return b"HTTP/1.1 426 \r\nsec-websocket-version: 13\r\n\r\n"
    if not KEY.fullmatch(key):
        return b"HTTP/1.1 400 \r\n\r\n"
    return (
        b"HTTP/1.1 101 \r\nsec-websocket-accept: %s\r\nconnection: upgrade\r\nupgrade: WebSocket"
        b"\r\n\r\n" % accept_key(key.decode()).encode()
    )
