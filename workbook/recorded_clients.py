"""The two kinds of recorded client: one for cells that ``await``, one for those that do not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from websockets.exceptions import ConnectionClosed, ConnectionClosedError

if TYPE_CHECKING:
    from workbook.pictures import Picture
    from workbook.recording import Recording

PATIENCE = 5.0  # seconds in which an answer has to come, unless the lesson says otherwise


class _Client:
    """What both kinds of client share: the record, and how a connection ended."""

    def __init__(self, recording: "Recording", name: str, connection: Any) -> None:
        self.recording = recording
        self.name = name
        self.connection = connection  # the websockets connection, for all that is not here
        self._over = False

    def picture(self) -> "Picture":
        """The conversation of all clients of this client's recording."""
        return self.recording.picture()

    def __repr__(self) -> str:
        return f"{self.name}, {self.connection.state.name.lower()}"

    def _record(self, direction: str, text: str | bytes = "") -> None:
        self.recording.record(self.name, direction, text)

    def _silence(self, seconds: float | None) -> TimeoutError:
        self._record("silence", f"for {seconds:g} s")
        return TimeoutError(f"{self.name} waited {seconds:g} s and nothing came.")

    def _closed(self, error: ConnectionClosed) -> ConnectionClosed:
        """The error for the learner, without websockets' own lines."""
        self._ended()
        return error.with_traceback(None)

    def _ended(self) -> None:
        """Record the end of the connection, once: who closed it, with which code and reason."""
        if self._over:
            return
        self._over = True
        protocol = self.connection.protocol
        by_client = protocol.close_sent is not None and protocol.close_rcvd_then_sent is not True
        frame = protocol.close_sent if by_client else protocol.close_rcvd
        if frame is None:  # nobody sent 1006, so no arrow may say it
            self.recording.note(f"{self.name}: the connection is lost (1006)")
        else:
            self._record("left" if by_client else "closed", f"{frame.code} {frame.reason}".strip())


class AsyncClient(_Client):
    """A recorded client for cells that ``await``."""

    async def send(self, message: str | bytes) -> None:
        """Send one message. Raises ``ConnectionClosed`` when the connection has ended."""
        __tracebackhide__ = True
        try:
            await self.connection.send(message)
        except ConnectionClosed as error:
            raise self._closed(error) from None
        self._record("sent", message)

    async def recv(self, timeout: float | None = PATIENCE) -> str | bytes:
        """Wait for the next message.

        Args:
            timeout: seconds to wait; None waits for ever. Cancelling loses no message.

        Raises:
            TimeoutError: nothing came in time.
            ConnectionClosed: the connection has ended.
        """
        __tracebackhide__ = True
        try:
            async with asyncio.timeout(timeout):
                message = await self.connection.recv()
        except TimeoutError:
            raise self._silence(timeout) from None
        except ConnectionClosed as error:
            raise self._closed(error) from None
        self._record("received", message)
        return message

    async def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, if it is still open, and wait for the server's answer."""
        await self.connection.close(code, reason)
        self._ended()

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Messages until the connection is closed with 1000 or 1001."""
        try:
            while True:
                yield await self.recv(timeout=None)
        except ConnectionClosedError:
            raise
        except ConnectionClosed:
            return


class SyncClient(_Client):
    """A recorded client for cells and scripts without ``await``."""

    def send(self, message: str | bytes) -> None:
        """Send one message. Raises ``ConnectionClosed`` when the connection has ended."""
        __tracebackhide__ = True
        try:
            self.connection.send(message)
        except ConnectionClosed as error:
            raise self._closed(error) from None
        self._record("sent", message)

    def recv(self, timeout: float | None = PATIENCE) -> str | bytes:
        """Wait for the next message; see ``AsyncClient.recv``."""
        __tracebackhide__ = True
        try:
            message = self.connection.recv(timeout)
        except TimeoutError:
            raise self._silence(timeout) from None
        except ConnectionClosed as error:
            raise self._closed(error) from None
        self._record("received", message)
        return message

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close the connection, if it is still open, and wait for the server's answer."""
        self.connection.close(code, reason)
        self._ended()

    def __iter__(self) -> Iterator[str | bytes]:
        """Messages until the connection is closed with 1000 or 1001."""
        try:
            while True:
                yield self.recv(timeout=None)
        except ConnectionClosedError:
            raise
        except ConnectionClosed:
            return
