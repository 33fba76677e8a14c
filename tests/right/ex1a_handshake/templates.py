# In another style: the answers are texts in three quotes, with prints on the way.

import base64
import hashlib
import textwrap

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

WELCOME = """\
    HTTP/1.1 101 Welcome
    Connection: Upgrade
    Upgrade: websocket
    Sec-WebSocket-Accept: {}

"""
NOT_AN_UPGRADE = """\
    HTTP/1.1 426 Come back with an upgrade
    Upgrade: websocket

"""
OTHER_VERSION = """\
    HTTP/1.1 426 We speak 13
    Sec-WebSocket-Version: 13

"""
BAD_KEY = """\
    HTTP/1.1 400 What a key

"""


def accept_key(key: str) -> str:
    return base64.encodebytes(hashlib.sha1((key + GUID).encode()).digest()).strip().decode()


def handshake(request: bytes) -> bytes:
    print("request:", request)
    headers = {}
    for line in request.decode().strip().split("\r\n")[1:]:
        name, value = line.split(":", maxsplit=1)
        headers[name.strip().lower()] = value.strip()
    answer = choose(headers)
    print("answer:", answer)
    return textwrap.dedent(answer).replace("\n", "\r\n").encode()


def choose(headers: dict[str, str]) -> str:
    try:
        assert headers["upgrade"].lower() == "websocket"
        assert "upgrade" in map(str.strip, headers["connection"].lower().split(","))
    except (KeyError, AssertionError):
        return NOT_AN_UPGRADE
    if headers.get("sec-websocket-version", "0") != "13":
        return OTHER_VERSION
    try:
        key = headers["sec-websocket-key"]
        # Back and forth: what is not written the one proper way does not come back the same.
        if (
            len(base64.b64decode(key)) != 16
            or base64.b64encode(base64.b64decode(key)).decode() != key
        ):
            return BAD_KEY
    except (KeyError, ValueError):
        return BAD_KEY
    return WELCOME.format(accept_key(key))
