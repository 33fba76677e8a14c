# The mistake: a missing `Connection` is taken apart as if it were there.
# Caught by: test_says_426_to_what_is_not_an_upgrade
# Says: Something is None there

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
    words = [word.strip().lower() for word in headers.get("connection").split(",")]
    return headers.get("upgrade", "").lower() == "websocket" and "upgrade" in words


def is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16  # else it skips foreign letters
    except (binascii.Error, ValueError):
        return False


def head(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", *headers, "", ""]).encode()
