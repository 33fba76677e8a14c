"""TCP sockets that count their bytes, at both ends of a connection.

What one end has written and the other has read says for certain whether something is on its way.
"""

import socket
import weakref
from collections.abc import Iterable
from typing import Any


class CountedSocket(socket.socket):
    """A socket that knows how many bytes the system took from it and gave to it."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.received = self.sent = 0

    def recv(self, *args: Any) -> bytes:
        data = super().recv(*args)
        self.received += len(data)
        return data

    def recv_into(self, *args: Any) -> int:
        count = super().recv_into(*args)
        self.received += count
        return count

    def send(self, *args: Any) -> int:
        count = super().send(*args)
        self.sent += count
        return count

    def sendmsg(self, buffers: Iterable, *args: Any) -> int:
        count = super().sendmsg(buffers, *args)
        self.sent += count
        return count


class CountedListener(socket.socket):
    """A listening socket whose connections are counted: `accepted`, by their descriptors."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(fileno=descriptor)
        self.accepted: weakref.WeakValueDictionary[int, CountedSocket] = (
            weakref.WeakValueDictionary()
        )

    def accept(self) -> tuple[socket.socket, Any]:
        plain, address = super().accept()
        counted = CountedSocket(plain.family, plain.type, plain.proto, plain.detach())
        self.accepted[counted.fileno()] = counted
        return counted, address
