# In another style: Starlette's Headers, and a match over what was found.

import base64
import hashlib

from starlette.datastructures import Headers

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    value = hashlib.sha1((key + GUID).encode("latin-1")).digest()
    return base64.b64encode(value).decode("latin-1")


def handshake(request: bytes) -> bytes:
    _, *fields = request.split(b"\r\n")[:-2]
    raw = [field.split(b":", 1) for field in fields]
    headers = Headers(raw=[(name.lower(), value.strip()) for name, value in raw])
    upgrade = headers.get("upgrade", "").lower() == "websocket" and "upgrade" in {
        option.strip()
        for value in headers.getlist("connection")
        for option in value.lower().split(",")
    }
    match upgrade, headers.get("sec-websocket-version"), key_in(headers):
        case False, _, _:
            status, more = "426 Upgrade Required", ["Upgrade: websocket"]
        case True, "13", "":
            status, more = "400 Bad Request", []
        case True, "13", key:
            status = "101 Switching Protocols"
            more = [
                f"Sec-WebSocket-Accept: {accept_key(key)}",
                "Upgrade: websocket",
                "Connection: Upgrade",
            ]
        case _:
            status, more = "426 Upgrade Required", ["Sec-WebSocket-Version:13", "X-Empty:"]
    return ("\r\n".join([f"HTTP/1.1 {status}", *more]) + "\r\n" * 2).encode()


def key_in(headers: Headers) -> str:
    """The key if it is a proper one, else nothing."""
    key = headers.get("sec-websocket-key", "")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return key if len(key) == 24 and key[22:] == "==" and set(key[:22]) <= set(alphabet) else ""
