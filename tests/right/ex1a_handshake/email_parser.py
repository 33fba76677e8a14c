# In another style: the standard library's own parser for heads.

import base64
import binascii
import hashlib
from email.parser import BytesParser

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key):
    sha = hashlib.sha1()
    sha.update(key.encode("ascii"))
    sha.update(GUID.encode("ascii"))
    return str(base64.standard_b64encode(sha.digest()), "ascii")


def handshake(request):
    line, _, rest = request.partition(b"\r\n")
    headers = BytesParser().parsebytes(rest, headersonly=True)
    options = {option.strip().casefold() for option in headers.get("connection", "").split(",")}
    if headers.get("upgrade", "").strip().casefold() != "websocket" or "upgrade" not in options:
        return b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    if headers.get("sec-websocket-version", "").strip() != "13":
        return b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n"
    key = headers.get("sec-websocket-key", "").strip()
    try:
        nonce = binascii.a2b_base64(key, strict_mode=True)
    except binascii.Error:
        nonce = b""
    if line[:4] != b"GET " or len(nonce) != 16:
        return b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept_key(key).encode() + b"\r\n\r\n"
    )
