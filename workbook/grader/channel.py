"""The grader's end of a channel to a host: requests and their answers, JSON, a line each."""

import asyncio
import json
import secrets
import socket

LONGEST = 1 << 26  # bytes of one answer


class WorkerFailed(Exception):
    """The host cannot answer: `kind` is "gone", "stuck" or "forged"; `details` say more."""

    def __init__(self, kind: str, **details: object) -> None:
        super().__init__(kind)
        self.kind, self.details = kind, details


class Channel(asyncio.Protocol):
    """A Unix socket to a host; every answer repeats the random id of its request."""

    def __init__(self) -> None:
        self.failure: WorkerFailed | None = None
        self.ended: dict | None = None  # what the host said of its end, unasked
        self._waiting: dict[str, asyncio.Future[dict]] = {}
        self._transport: asyncio.Transport | None = None
        self._line = bytearray()

    async def open(self, ours: socket.socket) -> None:
        """Begin to talk; the channel closes the socket in the end."""
        await asyncio.get_running_loop().create_connection(lambda: self, sock=ours)

    def expect(self) -> tuple[str, asyncio.Future[dict]]:
        """The id of a request that goes another way, and its answer in future."""
        identity = secrets.token_hex(8)
        answer = self._waiting[identity] = asyncio.get_running_loop().create_future()
        return identity, answer

    def ask(self, do: str, **arguments: object) -> asyncio.Future[dict]:
        """Send a request.

        Raises:
            WorkerFailed: the host has ended, or something else wrote to the channel; the answer
                may raise it, too.
        """
        if self.failure:
            raise self.failure
        identity, answer = self.expect()
        request = {"id": identity, "do": do, **arguments}
        self._transport.write(json.dumps(request).encode() + b"\n")
        return answer

    def close(self) -> None:
        """Give the socket back."""
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._line += data
        if b"\n" in data:
            *lines, self._line = self._line.split(b"\n")
            for line in lines:
                self._take(line)
        elif len(self._line) > LONGEST:
            self._forged()

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail("gone")

    def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
            identity = message.pop("id")
            if identity == "ended":
                self.ended = message["ended"]
                return
            waiting = self._waiting.pop(identity)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._forged()
            return
        if not waiting.done():
            waiting.set_result(message)

    def _forged(self) -> None:
        self._fail("forged")
        self.close()  # there may be more, without end

    def _fail(self, kind: str) -> None:
        self.failure = self.failure or WorkerFailed(kind)
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(self.failure)
                waiting.exception()  # nobody may be waiting for it any more
        self._waiting.clear()
