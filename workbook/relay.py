"""The link between a worker and its broker, in a check's hands: held, delayed, dropped or cut.

A relay listens on a port of its own and passes bytes on in order. It runs on the event loop that
starts it; whatever it does happens on that loop, so a check needs no sleep to be sure of it.
"""

import asyncio
import os
import re
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Literal, Self

from workbook.broker import HOST, Port

Direction = Literal["to broker", "to worker"]
Kind = Literal["pubsub", "commands"]
DIRECTIONS: tuple[Direction, ...] = ("to broker", "to worker")
RECORDED = 1 << 20  # bytes kept of each connection and direction, the latest ones
RESET = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)  # SO_LINGER: on, 0 seconds
LISTEN = re.compile(
    rb"\*\d+\r\n\$\d+\r\n([ps]?subscribe|xread(group)?|b[lr]pop|blmove)\r\n", re.IGNORECASE
)


class Relay:
    """A TCP relay to a broker.

    Where a method takes `direction`, None means both; where it takes `only`, "pubsub" means the
    connections that listen (have subscribed to something, or read a stream or a list), "commands"
    the others, None all of them.

    Args:
        host: The broker's host.
        port: The broker's port.
    """

    def __init__(self, host: str, port: int) -> None:
        self.upstream = (host, port)
        self.opened = 0  # connections accepted so far
        self.events = 0  # connections that came or went, bytes and ends that arrived or went on
        self._links: set[_Link] = set()
        self._by_port: dict[int, _Link] = {}  # the latest link of each port at the worker's end
        self._flows: list[_Flow] = []
        self._held: dict[Direction, Kind | None] = {}
        self._delays: dict[Direction, tuple[float, Kind | None]] = {}
        self._changed: asyncio.Future[None] | None = None
        self._server: asyncio.Server | None = None
        self._refusing = True
        self._port: Port | None = None

    async def start(self) -> None:
        """Listen on a port of the system's choice."""
        self._port = Port()
        await self.restore()

    async def stop(self) -> None:
        """Reset all connections and give the port back."""
        self.cut()
        await self.until(lambda relay: not relay.connections)
        self._port.close()

    @property
    def port(self) -> int:
        """The port that the relay listens on, the same after `restore`."""
        return self._port.number

    @property
    def url(self) -> str:
        """What to give a worker as its REDIS_URL."""
        return f"redis://{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """The number of connections that are open now."""
        return len(self._links)

    @property
    def on_its_way(self) -> bool:
        """Whether bytes are delayed that nobody holds, so that they will arrive by themselves."""
        flows = (flow for link in self._links for flow in (link.to_broker, link.to_worker))
        return any(flow.waits for flow in flows)

    @property
    def arrived(self) -> dict[Direction, int]:
        """The bytes by direction, those held included."""
        return self._by_direction(lambda flow: flow.arrived)

    @property
    def passed(self) -> dict[Direction, int]:
        """The bytes by direction that were handed on."""
        return self._by_direction(lambda flow: flow.handed)

    def _by_direction(self, count: "Callable[[_Flow], int]") -> dict[Direction, int]:
        return {
            direction: sum(count(flow) for flow in self._flows if flow.direction == direction)
            for direction in DIRECTIONS
        }

    @property
    def traffic(self) -> tuple[int, int]:
        """The same as before if nothing happened since: the events, and the bytes not sent yet."""
        flows = (flow for link in self._links for flow in (link.to_broker, link.to_worker))
        return self.events, sum(flow.unsent for flow in flows)

    def has_all(self, port: int | None, received: int, sent: int) -> bool:
        """Whether nothing is on its way between here and the worker's end of a connection.

        Args:
            port: the port of that end; None if it is not connected yet.
            received: the bytes that have arrived there.
            sent: the bytes that have left from there.
        """
        link = self._by_port.get(port)
        if link is None:
            return False  # it is on its way itself
        is_open = link in self._links
        return not is_open or (link.to_broker.arrived, link.to_worker.sent) == (sent, received)

    def hold(self, direction: Direction | None = None, only: Kind | None = None) -> None:
        """Keep the bytes that arrive from now on, until `release`."""
        self._held.update(dict.fromkeys(_each(direction), only))

    def release(self, direction: Direction | None = None) -> None:
        """Pass on what was held, in order, and hold no more."""
        for one in _each(direction):
            self._held.pop(one, None)
        for flow in list(self._flows):
            flow.pass_on()

    def delay(
        self, seconds: float, direction: Direction | None = None, only: Kind | None = None
    ) -> None:
        """Pass on the bytes that arrive from now on so many seconds later, in order."""
        self._delays.update(dict.fromkeys(_each(direction), (seconds, only)))

    def drop(self, only: Kind | None = None) -> None:
        """Reset the connections that are open now; new ones are welcome."""
        for link in list(self._links):
            if only in (None, link.kind):
                link.reset()

    def cut(self) -> None:
        """Reset all connections and refuse new ones until `restore`; the port stays ours."""
        self._refusing = True
        if self._server:
            self._server.close()
            self._server = None
        self.drop()

    async def restore(self) -> None:
        """Accept connections again after `cut`, on the same port."""
        loop = asyncio.get_running_loop()
        if self._refusing:
            self._refusing = False
            self._server = await loop.create_server(
                lambda: _Link(self).worker_end(), sock=self._port.claim()
            )

    def count(self, needle: bytes, direction: Direction = "to broker") -> int:
        """Count how often these bytes have arrived, whatever the case of their letters."""
        pattern = re.compile(re.escape(needle), re.IGNORECASE)
        flows = (flow for flow in self._flows if flow.direction == direction)
        return sum(len(pattern.findall(flow.record)) for flow in flows)

    async def seen(
        self,
        needle: bytes,
        direction: Direction = "to broker",
        *,
        count: int = 1,
        timeout: float = 5.0,
    ) -> None:
        """Wait until these bytes have arrived `count` times since the start, held or passed on.

        Raises:
            TimeoutError: They have not within `timeout` seconds.
        """
        try:
            await self.until(lambda _: self.count(needle, direction) >= count, timeout)
        except TimeoutError:
            came = self.count(needle, direction)
            raise TimeoutError(
                f"{needle!r} came {came} times {direction} in {timeout:g} s, expected {count}."
            ) from None

    async def until(self, predicate: Callable[[Self], bool], timeout: float = 5.0) -> None:
        """Wait until `predicate(relay)` holds; it is asked after each event on the relay.

        Raises:
            TimeoutError: It does not within `timeout` seconds.
        """
        async with asyncio.timeout(timeout):
            while not predicate(self):
                self._changed = self._changed or asyncio.get_running_loop().create_future()
                await asyncio.shield(self._changed)

    def _stir(self) -> None:
        """Count an event, and wake those who wait for something to happen."""
        self.events += 1
        if self._changed:
            self._changed.set_result(None)
            self._changed = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


class _Link:
    """One connection of a worker, and the one to the broker that belongs to it."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.kind: Kind = "commands"
        self.to_broker, self.to_worker = _Flow(self, "to broker"), _Flow(self, "to worker")
        self._dialling: asyncio.Task[None] | None = None

    def worker_end(self) -> "_End":
        """Return the end that talks with the worker; the other one follows when it is there."""
        return _End(self, self.to_broker, self.to_worker, self._open)

    def _open(self) -> None:
        if self.relay._refusing:
            return self.reset()
        self.relay._links.add(self)
        peer = self.to_worker.sink.get_extra_info("peername")  # None if it was reset at once
        if peer:
            self.relay._by_port[peer[1]] = self
        self.relay._flows += self.to_broker, self.to_worker
        self.relay.opened += 1
        self.relay._stir()
        self._dialling = asyncio.create_task(self._dial())

    async def _dial(self) -> None:
        loop = asyncio.get_running_loop()
        end = _End(self, self.to_worker, self.to_broker, lambda: None)
        try:
            await loop.create_connection(lambda: end, *self.relay.upstream)
        except OSError:
            self.reset()

    def reset(self) -> None:
        """Reset both connections (RFC 9293, 3.10.5): no bytes, no polite end."""
        if self._dialling:
            self._dialling.cancel()
        for flow in (self.to_broker, self.to_worker):
            if flow.sink:
                connection = flow.sink.get_extra_info("socket")
                if connection.fileno() != -1:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                flow.sink.abort()

    def ended(self) -> None:
        """Close both connections when there is nothing left to pass on."""
        if self.to_broker.done and self.to_worker.done:
            self.to_broker.sink.close()
            self.to_worker.sink.close()

    def lost(self) -> None:
        """One connection is gone: unless all was said, the other must not seem to end politely."""
        self.relay._links.discard(self)
        if not (self.to_broker.done and self.to_worker.done):
            self.reset()
        self.relay._stir()


class _Flow:
    """One direction of one connection: bytes arrive, wait for their time, go on in order."""

    def __init__(self, link: _Link, direction: Direction) -> None:
        self.link = link
        self.relay = link.relay
        self.direction = direction
        self.sink: asyncio.Transport | None = None
        self.record = bytearray()
        self.arrived = self.handed = 0  # bytes
        self.done = False
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def arrive(self, data: bytes) -> None:
        """Take bytes, or the end of the stream: b""."""
        self.record += data
        del self.record[:-RECORDED]
        self.arrived += len(data)
        if self.direction == "to broker" and LISTEN.search(self.record[-len(data) - 64 :]):
            self.link.kind = "pubsub"
        seconds, only = self.relay._delays.get(self.direction, (0.0, None))
        now = asyncio.get_running_loop().time()
        self._waiting.append((now + seconds if only in (None, self.link.kind) else now, data))
        self.pass_on()
        self.relay._stir()

    def pass_on(self) -> None:
        """Hand on all whose time has come, in one piece: many small ones fill a socket's room."""
        loop, ready = asyncio.get_running_loop(), []
        while self._waiting and self.sink and not self._is_held():
            due, data = self._waiting[0]
            if due > loop.time():
                self._timer = self._timer or loop.call_at(due, self._ring)
                break
            self._waiting.popleft()
            ready.append(data)
        if any(ready):
            self._hand(b"".join(ready))
        if ready and not ready[-1]:
            self._hand(b"")  # the end of the stream, which comes last

    @property
    def waits(self) -> bool:
        """Whether there are bytes whose time has not come."""
        return bool(self._waiting) and not self._is_held()

    @property
    def unsent(self) -> int:
        """Bytes handed on for which the system has no room yet."""
        return self.sink.get_write_buffer_size() if self.sink else 0

    @property
    def sent(self) -> int:
        """Bytes that the system has taken on."""
        return self.handed - self.unsent

    def _ring(self) -> None:
        self._timer = None
        self.pass_on()

    def _hand(self, data: bytes) -> None:
        if self.sink.is_closing():
            return
        if data:
            self.sink.write(data)
            self.handed += len(data)
        else:
            with suppress(OSError):  # reset by its peer, which is noticed in a moment
                self.sink.write_eof()
            self.done = True
            self.link.ended()
        self.relay._stir()

    def _is_held(self) -> bool:
        held = self.relay._held
        return self.direction in held and held[self.direction] in (None, self.link.kind)


class _End(asyncio.Protocol):
    """One of a link's two connections: what it reads goes into one flow, the other writes to it."""

    def __init__(
        self, link: _Link, inward: _Flow, outward: _Flow, opened: Callable[[], None]
    ) -> None:
        self._link, self._inward, self._outward, self._opened = link, inward, outward, opened

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._outward.sink = transport
        self._opened()
        self._outward.pass_on()

    def data_received(self, data: bytes) -> None:
        self._inward.arrive(data)

    def eof_received(self) -> bool:
        self._inward.arrive(b"")
        return True  # the other direction may still have something to say

    def connection_lost(self, exc: Exception | None) -> None:
        self._link.lost()


def _each(direction: Direction | None) -> tuple[Direction, ...]:
    return (direction,) if direction else DIRECTIONS
