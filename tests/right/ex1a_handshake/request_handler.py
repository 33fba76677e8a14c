# In another style: http.server reads the request, from a buffer in memory.

import base64
import hashlib
from http.server import BaseHTTPRequestHandler
from io import BytesIO

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Request(BaseHTTPRequestHandler):
    def __init__(self, head: bytes) -> None:
        self.rfile, self.wfile = BytesIO(head), BytesIO()
        self.raw_requestline = self.rfile.readline()
        self.parse_request()


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + GUID.encode()).digest()).decode()


def handshake(request: bytes) -> bytes:
    headers = Request(request).headers
    if (headers["Upgrade"] or "").lower().strip() != "websocket":
        return respond(426, "Upgrade Required", Upgrade="websocket")
    if "upgrade" not in (headers["Connection"] or "").lower().replace(" ", "").split(","):
        return respond(426, "Upgrade Required", Upgrade="websocket")
    if (headers["Sec-WebSocket-Version"] or "").strip() != "13":
        return respond(426, "Upgrade Required", **{"Sec-WebSocket-Version": 13})
    key = (headers["Sec-WebSocket-Key"] or "").strip()
    try:
        assert len(base64.b64decode(key, validate=True)) == 16
    except (ValueError, AssertionError):
        return respond(400, "Bad Request")
    return respond(
        101,
        "Switching Protocols",
        Upgrade="websocket",
        Connection="Upgrade",
        **{"Sec-WebSocket-Accept": accept_key(key)},
    )


def respond(status: int, phrase: str, **headers: object) -> bytes:
    out = BytesIO()
    out.write(f"HTTP/1.1 {status} {phrase}\r\n".encode())
    for name, value in headers.items():
        out.write(f"{name}: {value}\r\n".encode())
    out.write(b"\r\n")
    return out.getvalue()
