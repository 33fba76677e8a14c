# The mistake: headers are found by how their lines begin: Upgrade-Insecure-Requests is taken for Upgrade.
# Caught by: test_finds_upgrade_in_a_list
# Says: This is a browser's request

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
        for known in ("upgrade", "connection", "sec-websocket-version", "sec-websocket-key"):
            if line.lower().startswith(known):
                headers[known] = value.strip()
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
