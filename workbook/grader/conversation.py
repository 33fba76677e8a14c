"""A conversation between recorded clients and running servers, held step by step.

Everything runs in one event loop which turns only while a check waits for something, so a check
reads like the conversation that it holds. "Nothing more comes" is never a matter of waiting long
enough: the servers are asked whether they are idle, and both ends of each connection count their
bytes.
"""

import asyncio
import math
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Protocol, TypeVar

from workbook.events import Direction, Event
from workbook.grader.channel import WorkerFailed
from workbook.grader.own_loop import OwnLoop
from workbook.grader.worker import ANSWER, Worker

Result = TypeVar("Result")

IMPATIENCE = 0.5  # seconds for programs to come to rest that did not do so in time before
TURN = 0.001  # seconds for bytes that are on their way
AT_ONCE = 0.02  # seconds in which an answer comes on a busy machine too, before anybody is asked
BRIEFLY = 0.002  # the same, of programs that answer only as their clock moves on
SLACK = 1.0  # seconds of server time that a program may take for what it does "at once"
MOST_AT_ONCE = 60.0  # seconds of server time in one go: a program that looks often takes its time
STRIDE = 0.25  # seconds of server time that pass at least between two looks at the broker


class Broker(Protocol):
    """What a conversation needs to know of a broker in its midst."""

    def traffic(self) -> object:
        """The same as before if nothing happened on the links to it."""

    def has_all(self, outgoing: list[list]) -> bool:
        """Whether nothing is on its way between it and these ends (`counted.OutgoingEnd`)."""

    async def fence(self) -> object:
        """Wait until the broker has answered all that was sent to it; return its traffic then."""

    async def keeps_somebody_waiting(self) -> bool:
        """Whether a client of the broker waits in a command that ends by the broker's own clock."""

    def subscriptions(self) -> int:
        """How many subscriptions there are."""


class End(NamedTuple):
    """The server's end of a connection: bytes read and written, and whether it is read on.

    uvicorn reads no further, nor answers pings, while the program has not asked for a message.
    """

    received: int
    sent: int
    is_read: bool


class Conversation:
    """The clients, servers and events of one check."""

    def __init__(self, loop: OwnLoop) -> None:
        self._loop = loop
        self.events: list[Event] = []
        self.clients: list[Any] = []
        self.workers: list[Worker] = []
        self.servers: list[Any] = []
        self.broker: Broker | None = None
        self.unsent: list[tuple[Any, str | bytes]] = []  # by clients, after their servers' close
        self.failure: WorkerFailed | None = None
        self.clock = 0.0  # seconds of server time since the first server was up
        self._news = asyncio.Event()
        self._count = 0
        self._patience, self._at_once = ANSWER, AT_ONCE
        # The servers' ends of connections, by both ports, when the servers were last asked.
        self._ends: dict[tuple[int, int], End] = {}
        self._quiet: object = None  # the traffic when nothing was left to be answered

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Let the event loop turn until `work` is done."""
        return self._loop.run_until_complete(work)

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task for `work`, which gets on whenever somebody waits; its end is told to them."""
        task = self._loop.create_task(work)
        task.add_done_callback(lambda _: self.tell())
        return task

    # The record

    def record(self, client: str, direction: Direction, text: str | bytes = "", **more: Any) -> int:
        """Note an event; return its index, so that it can be marked later."""
        self._count += direction != "time"
        number = 0 if direction == "time" else self._count
        self.events.append(Event(number, client, direction, text, at=self.clock, **more))
        self._news.set()
        return len(self.events) - 1

    def mark(self, index: int, expected: str | None) -> None:
        """Mark an event as the one at which the check failed."""
        event = self.events[index]
        self.events[index] = Event(
            event.number, event.client, event.direction, event.text, event.at, True, expected
        )

    # Waiting

    def comes(self, come: Callable[[], bool], slack: float = SLACK) -> bool:
        """Wait for something as `until` does, if it is not there already."""
        return come() or self.run(self.until(come, slack))

    async def until(self, come: Callable[[], bool], slack: float = SLACK) -> bool:
        """True as soon as `come()`; False once it is certain that it will not come by itself.

        Args:
            come: looks, and says whether what is waited for is there.
            slack: seconds of server time that may pass meanwhile.
        """
        if come() or await self._soon(come):
            return True
        deadline, step = self._loop.time() + ANSWER, 0.0
        while True:
            idle, next_timer = await self.settle(step)
            if come():
                self._at_once = BRIEFLY if step else AT_ONCE
                return True
            if self.failure or (not idle and self._loop.time() > deadline):
                return False
            if idle and (next_timer is None or next_timer > slack):
                return False
            step = next_timer if idle else 0.0
            slack -= step

    async def _soon(self, come: Callable[[], bool]) -> bool:
        try:
            async with asyncio.timeout(self._at_once):
                while not come():
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def tell(self) -> None:
        """Something changed that somebody may be waiting for."""
        self._news.set()

    async def settle(self, seconds: float = 0.0) -> tuple[bool, float | None]:
        """Move the servers' clocks on and wait until all that was said has had its effect.

        Returns:
            Whether all servers are idle, and the seconds until the first of their timers.
        """
        self.clock += seconds
        try:
            reports = await self._at_rest(seconds)
        except WorkerFailed as failure:
            self._give_up(failure)
            await asyncio.sleep(0)
            return False, None
        timers = [r["next_timer"] for r in reports if r["next_timer"] is not None]
        return all(r["idle"] for r in reports), min(timers, default=None)

    async def _at_rest(self, seconds: float) -> list[dict]:
        """What the servers report, `seconds` later, when nothing is on its way any more.

        A broker does not count. It answers all that it was sent, and then the servers must come to
        rest without another word to it.
        """
        deadline, before = self._loop.time() + self._patience, None
        while True:
            bytes_before = self._bytes_received()
            reports = await self._ask_all(seconds)
            seconds = 0.0
            await self._loop.until_idle()
            arrived = all(c.is_at_rest(self._ends.get(c.address)) for c in self.clients)
            arrived = arrived and self._bytes_received() == bytes_before
            if arrived and self._broker_is_quiet(reports):
                return reports
            done = [report["activity"] for report in reports]
            if self.broker is not None:
                self._quiet = await self.broker.fence()
                done.append(self._quiet)
            if self._loop.time() > deadline:
                self._patience = IMPATIENCE
                return reports
            if done == before:
                await asyncio.sleep(TURN)  # the system has something in its hands
            before = done

    def _broker_is_quiet(self, reports: list[dict]) -> bool:
        if self.broker is None:
            return True
        is_still = self.broker.traffic() == self._quiet and all(r["idle"] for r in reports)
        return is_still and self.broker.has_all([end for r in reports for end in r["outgoing"]])

    def _bytes_received(self) -> int:
        return sum(client.bytes_received for client in self.clients)

    async def _ask_all(self, seconds: float) -> list[dict]:
        """Have all servers run until they are idle, `seconds` later; return what they report."""
        asked = [
            (worker, worker.ask("move", to=worker.now + seconds if seconds else None))
            for worker in self.workers
        ]
        reports = [await worker.answer(waiting) for worker, waiting in asked]
        self._ends = {
            (worker.port, port): End(*end)
            for worker, report in zip(self.workers, reports, strict=True)
            for port, *end in report["ends"]
        }
        return reports

    def is_unread(self, address: tuple[int, int]) -> bool:
        """Whether nobody read on from the client at this address when the servers were asked."""
        return address in self._ends and not self._ends[address].is_read

    # Time

    async def pass_time(self, seconds: float) -> None:
        """Move the clocks of all servers on, running on the way whatever falls due."""
        left = seconds
        idle, next_timer = await self.settle()
        while left > 0 and not self.failure:
            stride = min(left, self._stride(idle, next_timer))
            if await self._broker_may_be_first(next_timer):
                stride = min(left, STRIDE)
                await asyncio.sleep(stride)  # the broker's clock is real and cannot be moved
            left -= stride
            idle, next_timer = await self.settle(stride)

    def _stride(self, idle: bool, next_timer: float | None) -> float:
        """How far time may go in one go: before its next timer an idle server does nothing."""
        most = MOST_AT_ONCE if self.broker is None else STRIDE
        if not idle:
            return most
        return math.inf if next_timer is None else max(next_timer, most)

    def _give_up(self, failure: WorkerFailed) -> None:
        self.failure = failure
        for worker in self.workers:  # they are of one make
            worker.has_little_time()

    async def _broker_may_be_first(self, next_timer: float | None) -> bool:
        """Whether a time-out at the broker might come before one of the servers that falls due."""
        if self.broker is None or next_timer is None:
            return False
        return await self.broker.keeps_somebody_waiting()

    @contextmanager
    def at_one_moment(self) -> Iterator[None]:
        """What is sent inside reaches the servers at one moment: they are stopped meanwhile."""
        for worker in self.workers:
            worker.pause()
        try:
            yield
        finally:
            for worker in self.workers:
                worker.resume()

    # The end

    def printed(self) -> list[str]:
        """For each server, the end of what its program printed."""
        return [self.run(worker.printed()) for worker in self.workers]

    async def end(self) -> None:
        """End the clients and the servers."""
        for client in self.clients:
            client.drop()
        for worker in self.workers:
            await worker.close()
        self.clients, self.workers, self.servers = [], [], []
