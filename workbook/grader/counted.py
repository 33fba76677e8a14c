"""TCP sockets that count their bytes, at both ends of a connection.

What one end has written and the other has read says for certain whether something is on its way.
"""

import array
import fcntl
import socket
import termios
import weakref
from collections.abc import Iterable
from typing import Any, NamedTuple


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

    def sendall(self, data: Any, *args: Any) -> None:
        super().sendall(data, *args)
        self.sent += memoryview(data).nbytes

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


class OutgoingSocket(CountedSocket):
    """A socket that is known to `outgoing()` once it is used to connect to a port."""

    target = 0

    def connect(self, address: Any) -> None:
        try:
            super().connect(address)
        except BlockingIOError:  # it goes on by itself
            self._note(address)
            raise
        self._note(address)

    def _note(self, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            self.target = address[1]
            _known.append(weakref.ref(self))


class OutgoingEnd(NamedTuple):
    """This end of a connection: what the system holds for the program counts as received."""

    target: int  # the port that it leads to
    port: int | None  # at this end; None while it is not connected
    received: int
    sent: int


_known: list[weakref.ref[OutgoingSocket]] = []


def count_outgoing() -> None:
    """Have all sockets that this process makes from now on counted."""
    socket.socket = OutgoingSocket  # type: ignore[misc]


def outgoing() -> list[OutgoingEnd]:
    """This process's ends of the connections that it has opened and not closed."""
    found = []
    for reference in list(_known):  # another thread may open one meanwhile
        opened = reference()
        if opened is None or opened.fileno() == -1:
            _known.remove(reference)
        else:
            found.append(_end(opened))
    return found


def _end(opened: OutgoingSocket) -> OutgoingEnd:
    unread = array.array("i", [0])
    try:
        opened.getpeername()
        fcntl.ioctl(opened.fileno(), termios.FIONREAD, unread)
    except OSError:
        return OutgoingEnd(opened.target, None, 0, 0)
    port = opened.getsockname()[1]
    return OutgoingEnd(opened.target, port, opened.received + unread[0], opened.sent)
