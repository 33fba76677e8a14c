"""What uvicorn logs when an endpoint answers a handshake with an HTTP response of its own."""

import sys
from types import FrameType


def is_about_a_denial(frame: FrameType | None) -> bool:
    """Whether uvicorn is reporting, above `frame`, a handshake that was answered with a response.

    uvicorn 0.54 logs "ASGI callable returned without completing handshake" after each such
    response (`websocket.http.response`), which is what FastAPI's security classes refuse with.
    Nothing is wrong then.
    """
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    while frame is not None:
        if frame.f_code is WebSocketsSansIOProtocol.run_asgi.__code__:
            protocol = frame.f_locals["self"]
            answered = protocol.initial_response is not None and protocol.close_sent
            return answered and sys.exception() is None
        frame = frame.f_back
    return False
