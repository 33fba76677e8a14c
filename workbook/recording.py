"""Clients that write down what they say and hear, for the lessons' pictures."""

import time
from typing import Any

from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect as connect_sync

from workbook.events import Event
from workbook.pictures import Picture, conversation
from workbook.recorded_clients import AsyncClient, SyncClient


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

    async def __aenter__(self) -> AsyncClient:
        __tracebackhide__ = True
        self._asks()
        try:
            connection = await connect_async(self._url, **self._options).__aenter__()
        except InvalidStatus as refusal:
            raise self._refused(refusal) from None
        self._client = AsyncClient(self._recording, self._name, connection)
        return self._client

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    def __enter__(self) -> SyncClient:
        __tracebackhide__ = True
        self._asks()
        try:
            connection = connect_sync(self._url, **self._options).__enter__()
        except InvalidStatus as refusal:
            raise self._refused(refusal) from None
        self._client = SyncClient(self._recording, self._name, connection)
        return self._client

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _asks(self) -> None:
        path = "/" + self._url.split("://", 1)[-1].partition("/")[2]
        self._recording.record(self._name, "opened", path)

    def _refused(self, refusal: InvalidStatus) -> InvalidStatus:
        status = refusal.response.status_code
        self._recording.record(self._name, "refused", f"HTTP {status}")
        return refusal.with_traceback(None)  # websockets' own lines tell a learner nothing
