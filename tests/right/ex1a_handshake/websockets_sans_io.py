# In another style: the websockets library itself judges; only what it says otherwise is said anew.

import base64
import hashlib

from websockets.exceptions import InvalidUpgrade
from websockets.server import ServerProtocol

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()


def handshake(request: bytes) -> bytes:
    protocol = ServerProtocol()
    protocol.receive_data(request)
    (asked,) = protocol.events_received()
    response = protocol.accept(asked)
    if response.status_code == 101:
        protocol.send_response(response)
        return b"".join(protocol.data_to_send())
    if isinstance(protocol.handshake_exc, InvalidUpgrade):
        return b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\r\n"
    if asked.headers.get("Sec-WebSocket-Version") != "13":
        return b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n\r\n"
    return b"HTTP/1.1 400 Bad Request\r\n\r\n"
