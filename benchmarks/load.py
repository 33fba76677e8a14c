"""The chat of exercise 6b under load and faults: `python benchmarks/load.py [SCENARIO …]`.

steady   500 clients in 20 rooms on two workers for 60 s: nothing lost, nothing doubled, order
         kept, memory level
restart  the broker restarts in the middle: every client told (1013) within 5 s, all back in 10 s
hang     one client never reads: the others' latency, and the workers' memory
kill     a worker is killed: the other worker's clients notice nothing

Each scenario prints what it measured and ends with an error if what it names does not hold.
"""

import argparse
import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

ROOT = Path(__file__).resolve().parent.parent
USERS = ("ada", "grace", "alan")
PLAIN = {"compression": None, "ping_interval": None, "proxy": None, "max_queue": None}
PLAIN["open_timeout"] = 30.0  # seconds, in which a worker starts on a busy machine


class Chat:
    """Two workers with the solution of exercise 6b, and a broker behind them."""

    def __init__(self, work: Path) -> None:
        from workbook import Broker

        self.broker = Broker(private=True)
        self._environment = {**os.environ, "REDIS_URL": self.broker.url}
        self._work = work
        self.workers: list[subprocess.Popen] = []
        self.ports: list[int] = []

    def start(self) -> None:
        """Start both workers. Whoever connects before they are up waits in their backlog."""
        command = [sys.executable, "-m", "uvicorn", "ex6b_chat:app", "--app-dir", self._work]
        for _ in range(2):
            with socket.create_server(("127.0.0.1", 0), backlog=1024) as listening:
                self.ports.append(listening.getsockname()[1])
                descriptor = listening.fileno()
                self.workers.append(
                    subprocess.Popen(
                        [*command, "--fd", str(descriptor), "--log-level", "critical"],
                        env=self._environment,
                        stderr=subprocess.DEVNULL,
                        pass_fds=[descriptor],
                    )
                )

    def memory(self) -> list[float]:
        """What each worker takes, in MB."""
        return [psutil.Process(worker.pid).memory_info().rss / 1e6 for worker in self.workers]

    def stop(self) -> None:
        """End the workers and the broker."""
        for worker in self.workers:
            worker.kill()
            worker.wait()
        self.broker.stop()


class Member:
    """A client: it counts what it hears from whom, and notices what is missing or out of order."""

    def __init__(self, number: int, room: str, port: int) -> None:
        self.number, self.room, self.port = number, room, port
        self.said = 0
        self.heard: Counter[str] = Counter()
        self.faults: list[str] = []
        self.latencies: list[float] = []
        self.closed: tuple[float, int] | None = None
        self.connection: ClientConnection | None = None
        self._listening: asyncio.Task | None = None

    async def join(self) -> None:
        """Connect and listen."""
        self.connection = await connect(
            f"ws://127.0.0.1:{self.port}/rooms/{self.room}",
            additional_headers={"Cookie": f"token=token-{USERS[self.number % 3]}"},
            **PLAIN,
        )
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        try:
            async for message in self.connection:
                _, _, text = message.partition('"message": "')
                sender, number, sent, *_ = text.rstrip('"}').split(" ")
                self.heard[sender] += 1
                if self.heard[sender] != int(number):
                    self.faults.append(f"{self.number} heard {number} of {sender} out of turn")
                    self.heard[sender] = int(number)
                self.latencies.append(time.monotonic() - float(sent))
        except ConnectionClosed:
            pass
        self.closed = time.monotonic(), self.connection.close_code or 1006

    async def say(self, padding: str = "") -> None:
        """Say the next thing: who, the how-manieth, when."""
        self.said += 1
        await self.connection.send(f"{self.number} {self.said} {time.monotonic():.6f}{padding}")

    async def chat(self, every: float, until: float) -> None:
        """Speak now and then, about `every` seconds."""
        await asyncio.sleep(random.random() * every)
        while time.monotonic() < until:
            await self.say()
            await asyncio.sleep(every * (0.5 + random.random()))

    def leave(self) -> None:
        """Cut the connection."""
        if self.connection is not None:
            self.connection.transport.abort()
            self._listening.cancel()


@asynccontextmanager
async def a_chat(clients: int, rooms: int, work: Path):
    """A running chat with its members, spread over rooms and workers."""
    chat = Chat(work)
    members: list[Member] = []
    try:
        chat.start()
        for n in range(clients):
            members.append(Member(n, f"room-{n % rooms}", chat.ports[n // rooms % 2]))
            await members[-1].join()
        yield chat, members
    finally:
        for member in members:
            member.leave()
        chat.stop()


def missing(members: list[Member]) -> int:
    """How many messages did not reach somebody in their room."""
    lost = 0
    for member in members:
        for other in members:
            if other is not member and other.room == member.room:
                lost += other.said - member.heard[str(other.number)]
    return lost


async def all_heard(members: list[Member], within: float) -> bool:
    """Whether everything that was said has arrived, at the latest after so many seconds."""
    deadline = time.monotonic() + within
    while missing(members) and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return not missing(members)


async def steady(asked: argparse.Namespace) -> None:
    """Everybody speaks, for a while."""
    async with a_chat(asked.clients, asked.rooms, asked.work) as (chat, members):
        until = time.monotonic() + asked.seconds
        talking = [asyncio.create_task(m.chat(asked.every, until)) for m in members]
        await asyncio.sleep(asked.seconds / 3)
        early = chat.memory()
        await asyncio.gather(*talking)
        complete = await all_heard(members, within=30)
        late = chat.memory()
    said = sum(member.said for member in members)
    latencies = sorted(latency for member in members for latency in member.latencies)
    print(f"  {said} messages, {len(latencies)} deliveries in {asked.seconds:g} s")
    faults = sum(len(member.faults) for member in members)
    print(f"  lost {missing(members)}, doubled or out of order {faults}")
    middle, worst = statistics.median(latencies), latencies[int(len(latencies) * 0.99)]
    print(f"  latency: median {middle * 1000:.1f} ms, 99 % below {worst * 1000:.0f} ms")
    pairs = list(zip(early, late, strict=True))
    print("  memory, MB:", ", ".join(f"{before:.0f} → {after:.0f}" for before, after in pairs))
    hold(complete, "something was lost")
    hold(not faults, "something was doubled or out of order")
    hold(all(after < before * 1.25 + 5 for before, after in pairs), "the workers' memory grew")


async def restart(asked: argparse.Namespace) -> None:
    """The broker restarts while everybody is there."""
    async with a_chat(asked.clients, asked.rooms, asked.work) as (chat, members):
        began = time.monotonic()
        await asyncio.to_thread(chat.broker.restart)
        back = await asyncio.gather(*(_told_and_back(member, began) for member in members))
        told = [member.told for member in members]
        print(f"  told within {max(told):.2f} s, all back within {max(back):.2f} s")
        hold(all(code == 1013 for code in (m.code for m in members)), "a client was not told 1013")
        hold(max(told) <= 5, "a client was told too late")
        hold(max(back) <= 10, "a client was back too late")
        for member in members:
            member.said, member.heard, member.faults = 0, Counter(), []
        for member in members:
            await member.say()
        hold(await all_heard(members, within=20), "after the restart something was lost")


async def _told_and_back(member: Member, began: float) -> float:
    deadline, delay = began + 20, 0.1
    while member.closed is None and time.monotonic() < deadline:
        await asyncio.sleep(0.01)
    hold(member.closed is not None, f"client {member.number} was never told")
    member.told, member.code = member.closed[0] - began, member.closed[1]
    while time.monotonic() < deadline:
        member.closed = None
        with suppress(OSError, InvalidHandshake, ConnectionClosed):
            await member.join()
            await asyncio.sleep(0.3)  # a server without its broker says so at once
            if member.closed is None:
                return time.monotonic() - began
        await asyncio.sleep(delay * (0.5 + random.random()))
        delay = min(2 * delay, 2.0)
    return time.monotonic() - began


async def hang(asked: argparse.Namespace) -> None:
    """One client in a room never reads; what do the others notice?"""
    async with a_chat(asked.clients, asked.rooms, asked.work) as (chat, members):
        middle = {}
        for name in ("without", "with"):
            if name == "with":
                sleeper = Member(0, members[0].room, members[0].port)
                await sleeper.join()
                sleeper.connection.transport.pause_reading()
                await _flood(members, asked.flood)
                await all_heard(members, within=30)
            for member in members:
                member.latencies.clear()
            before = max(chat.memory())
            until = time.monotonic() + asked.seconds / 4
            await asyncio.gather(*(m.chat(asked.every, until) for m in members))
            complete = await all_heard(members, within=30)
            middle[name] = statistics.median(x for m in members for x in m.latencies)
        sleeper.leave()
        after = max(chat.memory())
    ratio = middle["with"] / middle["without"]
    print(f"  latency with a client that hangs: {ratio:.2f} of what it was without")
    print(f"  memory of the larger worker: {before:.0f} → {after:.0f} MB")
    hold(complete, "the others lost something")
    hold(ratio < asked.slower, "the others' latency grew")
    hold(after < before + 30, "the memory grew")


async def _flood(members: list[Member], messages: int) -> None:
    """Say so much that it fills every buffer on the way, no faster than the others hear it."""
    speaker = members[0]
    listener = next(m for m in members[1:] if m.room == speaker.room)
    for _ in range(messages):
        await speaker.say(" " + "x" * 900)
        while speaker.said - listener.heard[str(speaker.number)] > 100:
            await asyncio.sleep(0.005)


async def kill(asked: argparse.Namespace) -> None:
    """A worker is killed in the middle."""
    async with a_chat(asked.clients, asked.rooms, asked.work) as (chat, members):
        chat.workers[0].kill()
        others = [member for member in members if member.port == chat.ports[1]]
        until = time.monotonic() + asked.seconds / 4
        await asyncio.gather(*(m.chat(asked.every, until) for m in others))
        complete = await all_heard(others, within=30)
        closed = sum(member.closed is not None for member in others)
        print(
            f"  {len(others)} clients of the other worker: {closed} closed, {missing(others)} lost"
        )
    hold(complete and not closed, "the other worker's clients noticed")


def hold(condition: bool, otherwise: str) -> None:
    """End with the sentence unless the condition holds."""
    if not condition:
        raise SystemExit(f"  ✗ {otherwise}")


SCENARIOS = {"steady": steady, "restart": restart, "hang": hang, "kill": kill}


def main() -> None:
    """Run the scenarios that were asked for, one after the other."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scenarios", nargs="*", choices=[[], *SCENARIOS], metavar="SCENARIO")
    parser.add_argument("--clients", type=int, default=500)
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between two messages")
    parser.add_argument("--flood", type=int, default=10_000, help="messages that pile up (hang)")
    parser.add_argument(
        "--slower", type=float, default=3.0, help="times, at most, for others (hang)"
    )
    parser.add_argument("--work", type=Path, default=ROOT / "solutions")
    asked = parser.parse_args()
    for name in asked.scenarios or SCENARIOS:
        print(f"{name}: {asked.clients} clients in {asked.rooms} rooms on two workers", flush=True)
        asyncio.run(SCENARIOS[name](asked))


if __name__ == "__main__":
    main()
