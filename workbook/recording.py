"""Clients that write down what they say and hear, for the lessons' pictures."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed, ConnectionClosedError, InvalidStatus
from websockets.sync.client import connect as connect_sync

from workbook.events import Event
from workbook.pictures import Picture, conversation

PATIENCE = 5.0  # seconds in which an answer has to come, unless the lesson says otherwise


class Recording:
    """What several clients said and heard, in the order in which it happened.

    Display it to see the picture::

        talks = Recording()
        async with talks.talk(server.ws("/ws"), "Ada") as ada:
            await ada.send("hi")
            await ada.recv()
        talks
    """

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._clients: list[str] = []
        self._began = time.monotonic()

    def talk(self, url: str, name: str = "client", **options: Any) -> "Talk":
        """A client whose words are recorded here; use it with ``async with`` or ``with``.

        Args:
            url: the address, such as ``server.ws("/ws")``.
            name: the client's name in the picture.
            options: passed on to ``websockets``' ``connect()``, such as ``additional_headers``.
        """
        if name not in self._clients:
            self._clients.append(name)
        return Talk(self, url, name, options)

    def note(self, text: str, client: str = "") -> None:
        """Write a remark between the events."""
        self.record(client, "note", text)

    def record(self, client: str, direction: Any, text: str | bytes = "") -> None:
        """Write one event down, numbered and timed."""
        at = time.monotonic() - self._began
        self.events.append(Event(len(self.events) + 1, client, direction, text, at))

    def picture(self) -> Picture:
        """The conversation so far."""
        return conversation(self.events, self._clients)

    def __repr__(self) -> str:
        return self.picture().text

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return self.picture()._repr_mimebundle_()


def talk(url: str, name: str = "client", **options: Any) -> "Talk":
    """A single recorded client; its ``picture()`` is the conversation. See ``Recording.talk``."""
    return Recording().talk(url, name, **options)


class Talk:
    """A connection to be opened with ``async with`` or ``with``."""

    def __init__(self, recording: Recording, url: str, name: str, options: dict[str, Any]) -> None:
        self._recording, self._url, self._name = recording, url, name
        self._options: dict[str, Any] = {"proxy": None} | options

    async def __aenter__(self) -> "AsyncClient":
        with self._asked():
            connection = await connect_async(self._url, **self._options).__aenter__()
        self._client = AsyncClient(self._recording, self._name, connection)
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    def __enter__(self) -> "SyncClient":
        with self._asked():
            connection = connect_sync(self._url, **self._options).__enter__()
        self._client = SyncClient(self._recording, self._name, connection)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Record the handshake: the path that is asked for, and a refusal."""
        path = "/" + self._url.split("://", 1)[-1].partition("/")[2]
        self._recording.record(self._name, "opened", path)
        try:
            yield
        except InvalidStatus as refusal:
            status = refusal.response.status_code
            self._recording.record(self._name, "refused", f"HTTP {status}")
            raise


class _Client:
    """What both kinds of client share: the record, and how a connection ended."""

    def __init__(self, recording: Recording, name: str, connection: Any) -> None:
        self.recording = recording
        self.name = name
        self.connection = connection  # the websockets connection, for all that is not here
        self._over = False

    def picture(self) -> Picture:
        """The conversation of all clients of this client's recording."""
        return self.recording.picture()

    def __repr__(self) -> str:
        return f"{self.name}, {self.connection.state.name.lower()}"

    def _record(self, direction: str, text: str | bytes = "") -> None:
        self.recording.record(self.name, direction, text)

    def _silence(self, seconds: float | None) -> TimeoutError:
        self._record("silence", f"for {seconds:g} s")
        return TimeoutError(f"{self.name} waited {seconds:g} s and nothing came.")

    def _ended(self) -> None:
        """Record the end of the connection, once: who closed it, with which code and reason."""
        if self._over:
            return
        self._over = True
        protocol = self.connection.protocol
        by_client = protocol.close_sent is not None and protocol.close_rcvd_then_sent is not True
        frame = protocol.close_sent if by_client else protocol.close_rcvd
        end = f"{frame.code} {frame.reason}" if frame else "1006"
        self._record("left" if by_client else "closed", end.strip())


class AsyncClient(_Client):
    """A recorded client for cells that ``await``."""

    async def send(self, message: str | bytes) -> None:
        """Send one message. Raises ``ConnectionClosed`` when the connection has ended."""
        try:
            await self.connection.send(message)
        except ConnectionClosed:
            self._ended()
            raise
        self._record("sent", message)

    async def recv(self, timeout: float | None = PATIENCE) -> str | bytes:
        """Wait for the next message.

        Args:
            timeout: seconds to wait; None waits for ever. Cancelling loses no message.

        Raises:
            TimeoutError: nothing came in time.
            ConnectionClosed: the connection has ended.
        """
        try:
            async with asyncio.timeout(timeout):
                message = await self.connection.recv()
        except TimeoutError:
            raise self._silence(timeout) from None
        except ConnectionClosed:
            self._ended()
            raise
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
        try:
            self.connection.send(message)
        except ConnectionClosed:
            self._ended()
            raise
        self._record("sent", message)

    def recv(self, timeout: float | None = PATIENCE) -> str | bytes:
        """Wait for the next message; see ``AsyncClient.recv``."""
        try:
            message = self.connection.recv(timeout)
        except TimeoutError:
            raise self._silence(timeout) from None
        except ConnectionClosed:
            self._ended()
            raise
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
