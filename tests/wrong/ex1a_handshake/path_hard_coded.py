# The mistake: it answers requests for /ws only.
# Caught by: test_accepts_an_upgrade
# Says: Another path is asked for

import base64
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def answer(status, *headers):
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()


def items(value):
    return [part.strip().lower() for part in value.split(",")]


def read(request):
    first, *lines = request.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        if not line:
            break
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return first.split(" ")[0], headers


def good_key(key):
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def handshake(request: bytes) -> bytes:
    method, headers = read(request)
    if not request.startswith((b"GET /ws ", b"GET /ws?")):
        method = ""
    if (
        method != "GET"
        or "websocket" not in items(headers.get("upgrade", ""))
        or "upgrade" not in items(headers.get("connection", ""))
    ):
        return answer("426 Upgrade Required", "Upgrade: websocket")
    if headers.get("sec-websocket-version") != "13":
        return answer("426 Upgrade Required", "Sec-WebSocket-Version: 13")
    key = headers.get("sec-websocket-key", "")
    if not good_key(key):
        return answer("400 Bad Request")
    return answer(
        "101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_key(key)}",
    )
