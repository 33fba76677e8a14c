# In another style: bytes from beginning to end, joined into a bytearray.

from base64 import b64decode, b64encode
from binascii import Error
from hashlib import sha1

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

ANSWERS = {
    101: [b"HTTP/1.1 101 Switching Protocols", b"UPGRADE: websocket", b"CONNECTION: Upgrade"],
    400: [b"HTTP/1.1 400 Bad Request"],
    426: [
        b"HTTP/1.1 426 Upgrade Required",
        b"UPGRADE: websocket",
        b"CONNECTION: Upgrade",
        b"SEC-WEBSOCKET-VERSION: 13",
    ],
}


def accept_key(key: str) -> str:
    return b64encode(sha1(b"".join([key.encode(), GUID.encode()])).digest()).decode()


def handshake(request: bytes) -> bytes:
    lines = request.removesuffix(b"\r\n\r\n").split(b"\r\n")
    headers = dict(map(split, lines[1:]))
    status = judge(lines[0].split(b" ")[0], headers)
    answer = bytearray()
    for line in ANSWERS[status]:
        answer += line + b"\r\n"
    if status == 101:
        accept = accept_key(headers[b"sec-websocket-key"].decode())
        answer += b"SEC-WEBSOCKET-ACCEPT:" + accept.encode() + b"\r\n"
    return answer + b"\r\n"


def split(line: bytes) -> tuple[bytes, bytes]:
    colon = line.index(b":")
    return line[:colon].lower(), line[colon + 1 :].strip(b" \t")


def judge(method: bytes, headers: dict[bytes, bytes]) -> int:
    options = headers.get(b"connection", b"").lower().split(b",")
    if method != b"GET" or headers.get(b"upgrade", b"").lower() != b"websocket":
        return 426
    if not any(option.strip() == b"upgrade" for option in options):
        return 426
    if headers.get(b"sec-websocket-version") != b"13":
        return 426
    try:
        return 101 if len(b64decode(headers[b"sec-websocket-key"], validate=True)) == 16 else 400
    except (KeyError, Error):
        return 400
