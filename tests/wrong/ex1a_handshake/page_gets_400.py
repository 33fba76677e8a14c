# The mistake: the key is looked at before the upgrade: a request for a page gets 400.
# Caught by: test_says_426_to_what_is_not_an_upgrade
# Says: Somebody asks for a page. The answer should have the status 426

import base64
import binascii
import hashlib

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def parse(request):
    lines = request.decode("latin-1").split("\r\n")
    method = lines[0].split(" ")[0]
    headers = {}
    for line in lines[1:]:
        if not line:
            break
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return method, headers


def response(status, *headers):
    return "\r\n".join(["HTTP/1.1 " + status, *headers, "", ""]).encode()


def good_key(key):
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def handshake(request: bytes) -> bytes:
    method, headers = parse(request)
    if not good_key(headers.get("sec-websocket-key", "")):
        return response("400 Bad Request")
    connection = [part.strip().lower() for part in headers.get("connection", "").split(",")]
    if (
        method != "GET"
        or headers.get("upgrade", "").lower() != "websocket"
        or "upgrade" not in connection
    ):
        return response("426 Upgrade Required", "Upgrade: websocket", "Connection: Upgrade")
    if headers.get("sec-websocket-version") != "13":
        return response("426 Upgrade Required", "Sec-WebSocket-Version: 13")
    key = headers.get("sec-websocket-key", "")
    if not good_key(key):
        return response("400 Bad Request")
    return response(
        "101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: " + accept_key(key),
    )
