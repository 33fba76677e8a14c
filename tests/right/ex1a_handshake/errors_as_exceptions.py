# In another style: a refusal is an exception that knows its answer.

import base64
import hashlib
from dataclasses import dataclass, field
from http import HTTPStatus

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@dataclass
class Refusal(Exception):
    status: HTTPStatus
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    method: str
    headers: dict[str, str]

    @classmethod
    def parse(cls, data: bytes) -> "Request":
        first, *rest = data.decode("utf-8").splitlines()
        pairs = (line.split(":", 1) for line in rest if line)
        return cls(first.split()[0], {name.upper(): value.strip() for name, value in pairs})

    def has(self, name: str, value: str) -> bool:
        values = self.headers.get(name.upper(), "").lower().split(",")
        return value in (item.strip() for item in values)


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.new("sha1", (key + GUID).encode()).digest()).decode("ascii")


def accept(request: Request) -> str:
    if request.method != "GET":
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, {"Allow": "GET"})
    if not (request.has("Upgrade", "websocket") and request.has("Connection", "upgrade")):
        raise Refusal(HTTPStatus.UPGRADE_REQUIRED, {"Upgrade": "websocket"})
    if not request.has("Sec-WebSocket-Version", "13"):
        raise Refusal(HTTPStatus.UPGRADE_REQUIRED, {"Sec-WebSocket-Version": "13"})
    key = request.headers.get("SEC-WEBSOCKET-KEY", "")
    try:
        decoded = base64.b64decode(key, validate=True)
    except Exception as error:
        raise Refusal(HTTPStatus.BAD_REQUEST) from error
    if len(decoded) != 16:
        raise Refusal(HTTPStatus.BAD_REQUEST)
    return key


def handshake(request: bytes) -> bytes:
    try:
        key = accept(Request.parse(request))
    except Refusal as refusal:
        return render(refusal.status, {**refusal.headers, "Content-Length": "0"})
    return render(
        HTTPStatus.SWITCHING_PROTOCOLS,
        {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Accept": accept_key(key),
            "Date": "Mon, 23 Nov 2026 12:00:00 GMT",
        },
    )


def render(status: HTTPStatus, headers: dict[str, str]) -> bytes:
    head = f"HTTP/1.1 {status.value} {status.phrase}\r\n"
    return (head + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode()
