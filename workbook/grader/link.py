"""The broker of a check, and the links to it: each worker has one, which can be slowed or cut.

The broker is a process of this run's own, so that no two runs meet. Workers reach it through a
relay on the grader's event loop (`workbook/relay.py`).
"""

import asyncio
import os
import re
from collections.abc import Callable
from contextlib import suppress

from workbook.broker import Broker, BrokerError
from workbook.grader.counted import OutgoingEnd
from workbook.grader.mistakes import Mistake
from workbook.grader.own_loop import OwnLoop
from workbook.relay import Relay

VISITS = 6  # after which connections to the broker are counted
TURNS = 3  # quiet turns of the broker's loop, after which it has nothing more to say
ROUNDS = 100  # turns that may pass until then
PATIENCE = 10  # seconds for an answer of the broker
ENDED = (
    "The broker has ended, or answers no more.",
    "A command did that, such as SHUTDOWN or CLIENT PAUSE: the broker belongs to all its clients.",
)
KIND = "WORKBOOK_BROKER"  # environment variable: "redis" or "valkey", for proofs with either


class Link:
    """A clean broker for one check.

    Args:
        broker: the process.
        loop: the event loop of the links.
        tell: is told in words what is done to the links.

    Raises:
        BrokerError: there is none, and it says what to install.
    """

    def __init__(self, broker: Broker, loop: OwnLoop, tell: Callable[[str], None]) -> None:
        self._broker, self._loop, self._tell = broker, loop, tell
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self.relays: list[Relay] = []
        broker.reset()

    # For checks

    def relay(self) -> Relay:
        """A new link to the broker; give its `url` to a worker as REDIS_URL."""
        relay = Relay(self._broker.host, self._broker.port)
        self._loop.run_until_complete(relay.start())
        self.relays.append(relay)
        return relay

    def cut(self) -> None:
        """Lose the broker: all links are reset, and new connections are refused."""
        self._tell("the broker is lost")
        for relay in self.relays:
            relay.cut()

    def restore(self) -> None:
        """Have the broker back, on the same address."""
        self._tell("the broker is back")
        for relay in self.relays:
            self._loop.run_until_complete(relay.restore())

    def drop(self, only: str | None = None) -> None:
        """Reset the open connections; new ones are welcome (`only`: "pubsub" or "commands")."""
        self._tell("a connection to the broker breaks; the broker is there")
        for relay in self.relays:
            relay.drop(only)

    def hold(self, direction: str | None = None, only: str | None = None) -> None:
        """Keep what is on its way, "to broker" or "to worker", until `release()`."""
        for relay in self.relays:
            relay.hold(direction, only)

    def release(self, direction: str | None = None) -> None:
        """Pass on what was held."""
        self._loop.run_until_complete(self._release(direction))

    def delay(self, seconds: float, direction: str | None = None, only: str | None = None) -> None:
        """Make the links slow: what arrives is passed on so many (real) seconds later."""
        for relay in self.relays:
            relay.delay(seconds, direction, only)

    def was_told(self, *needles: bytes) -> bool:
        """Whether any of these bytes went to the broker, whatever the case of their letters."""
        return any(relay.count(needle) for relay in self.relays for needle in needles)

    def subscriptions(self) -> int:
        """How many subscriptions there are at the broker, patterns included."""
        try:
            return sum(
                int(c["sub"]) + int(c["psub"]) + int(c.get("ssub", 0))
                for c in self._broker.clients()
            )
        except BrokerError:
            raise Mistake(*ENDED) from None

    def lasting_keys(self) -> int:
        """How many keys there are at the broker that do not expire by themselves."""
        told = self._loop.run_until_complete(self._report("keyspace"))
        found = re.findall(rb"keys=(\d+),expires=(\d+)", told)
        return sum(int(keys) - int(expiring) for keys, expiring in found)

    def expect_no_more_connections(
        self, visit: Callable[[], None], clients: int, why: str | None = None
    ) -> None:
        """Connections to the broker must not become more by one with every client that leaves.

        Args:
            visit: so many clients come, leave politely, and all is settled.
            clients: how many.
            why: the explanation, if it is not that somebody forgot to close them.

        Raises:
            Mistake: they do. (A pool may still grow by a few.)
        """
        before = self.relays[0].connections
        for _ in range(VISITS):
            visit()
        left = self.relays[0].connections - before
        if left >= clients * VISITS:
            raise Mistake(
                f"After {clients * VISITS} clients had left, {left} more connections to the broker"
                " were open.",
                why
                or "`unsubscribe()` ends the subscription and keeps the connection. `async with"
                " redis.pubsub() as pubsub:` gives it back, and so does `aclose()`. What was opened"
                " for one client to publish with is closed likewise, when that client leaves.",
            )

    # For the conversation

    def traffic(self) -> list[tuple[int, int]]:
        """The same as before only if nothing happened on the links: every command is answered."""
        return [relay.traffic for relay in self.relays]

    def has_all(self, outgoing: list[list]) -> bool:
        """Whether nothing is on its way between workers and links: see `counted.OutgoingEnd`."""
        relays = {relay.port: relay for relay in self.relays}
        ends = (OutgoingEnd(*end) for end in outgoing)
        return all(
            relays[end.target].has_all(end.port, end.received, end.sent)
            for end in ends
            if end.target in relays
        )

    async def fence(self) -> list[tuple[int, int]] | None:
        """Wait until the broker has answered all that it was sent, and all has arrived.

        A round trip in which nothing else happens is a turn of the broker's loop. It takes one to
        accept a connection, the next to read from it, and in the one after it all is written.

        Returns:
            The traffic then. While it stays the same, nothing is on its way. None if there was
            always more.
        """
        quiet, before = 0, self.traffic()
        for _ in range(ROUNDS):  # there are programs that never stop to ask
            for relay in self.relays:
                await relay.until(lambda relay: not relay.on_its_way, timeout=PATIENCE)
            await self._ask("PING")
            await self._loop.until_idle()
            now = self.traffic()
            quiet, before = quiet + 1 if now == before else 0, now
            if quiet >= TURNS and not any(relay.on_its_way for relay in self.relays):
                return now
        return None

    async def keeps_somebody_waiting(self) -> bool:
        """Whether a client waits in a blocking command, such as BLPOP, or XREAD with BLOCK."""
        return int(re.search(rb"blocked_clients:(\d+)", await self._report("clients"))[1]) > 0

    async def _report(self, section: str) -> bytes:
        """A section of what INFO tells."""
        length = int((await self._ask(f"INFO {section}"))[1:])
        return await self._stream[0].readexactly(length + 2)

    async def _ask(self, command: str) -> bytes:
        """Have the broker carry out a command; return the first line of its answer.

        Raises:
            Mistake: it does not answer any more.
        """
        line = b""
        with suppress(OSError):  # TimeoutError is one
            async with asyncio.timeout(PATIENCE):
                if self._stream is None:
                    self._stream = await asyncio.open_connection(
                        self._broker.host, self._broker.port
                    )
                reader, writer = self._stream
                writer.write(f"{command}\r\n".encode())
                line = await reader.readline()
        if not line:
            raise Mistake(*ENDED)
        return line

    async def _release(self, direction: str | None) -> None:
        for relay in self.relays:
            relay.release(direction)

    async def close(self) -> None:
        """Give all connections and ports back."""
        for relay in self.relays:
            await relay.stop()
        if self._stream is not None:
            self._stream[1].close()


def start_broker() -> Broker:
    """The broker of a run.

    Raises:
        BrokerError: there is none, and it says what to install.
    """
    return Broker(kind=os.environ.get(KIND) or None, private=True)


__all__ = ["BrokerError", "Link", "start_broker"]
