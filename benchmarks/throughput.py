"""How many messages a second reach how many clients: `python benchmarks/throughput.py`.

One client speaks in a room of 10 to 1,000; counted is what arrives at the others. Measured are the
chat of lesson 06 on one and on two workers, and a plain `websockets` server with `broadcast()`. The
clients run in a process of their own. `--store` writes benchmarks/throughput.json, which lesson 06
plots beside what it measures itself.
"""

import argparse
import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
STORED = ROOT / "benchmarks" / "throughput.json"
SIZES = (10, 30, 100, 300, 1000)
SERVERS = ("chat, one worker", "chat, two workers", "websockets.broadcast()")
PLAIN = {"compression": None, "ping_interval": None, "proxy": None, "max_queue": None}
STARTS_WITHIN = 40.0  # seconds
WINDOW = 50  # messages that may be under way: no server is asked for more than it can do


def main() -> None:
    """Measure, print, and store if asked."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", default=",".join(map(str, SIZES)))
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    parser.add_argument("--store", action="store_true")
    asked = parser.parse_args()
    found = measure([int(size) for size in asked.clients.split(",")], asked.seconds)
    print(json.dumps(found, indent=2))
    if asked.store:
        STORED.write_text(json.dumps(found, indent=2) + "\n")


def measure(sizes: list[int], seconds: float) -> dict:
    """Deliveries a second for each server and number of clients, and the machine they are of."""
    figures = {}
    with ExitStack() as stack:
        servers = {name: _start(stack, name) for name in SERVERS}  # they start side by side
        for name, addresses in servers.items():
            for address in addresses:
                _wait_for(address)
            command = [sys.executable, __file__, "--measure-clients", json.dumps(sizes)]
            ran = subprocess.run(
                [*command, str(seconds), *addresses], capture_output=True, check=True, text=True
            )
            figures[name] = json.loads(ran.stdout)
    return {"machine": machine(), "deliveries_a_second": figures}


def machine() -> str:
    """The machine, in a few words."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


def _start(stack: ExitStack, name: str) -> list[str]:
    """Begin to start a server that ends with the stack; return its addresses."""
    if name.startswith("websockets"):
        return [_spawn(stack, [__file__, "--broadcast-server"], "ws")]
    from workbook import Broker

    broker = stack.enter_context(Broker(name="throughput", private=True))
    command = ["-m", "uvicorn", "chat_server:app", "--app-dir", str(ROOT / "notebooks")]
    quiet = ["--log-level", "warning", "--ws-ping-interval", "1000"]
    workers = 2 if "two" in name else 1
    return [_spawn(stack, [*command, *quiet], "rooms/load", broker.url) for _ in range(workers)]


def _spawn(stack: ExitStack, command: list[str], path: str, broker: str = "") -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *command, "--port", str(port)],
        env={**os.environ, "REDIS_URL": broker},
        stderr=subprocess.DEVNULL,  # it complains about clients that are cut off in the end
    )
    stack.callback(process.wait)
    stack.callback(process.terminate)
    return f"ws://127.0.0.1:{port}/{path}"


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", urlsplit(address).port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"The server at {address} did not start within {STARTS_WITHIN:g} s.")


async def all_deliveries(sizes: list[int], seconds: float, addresses: list[str]) -> dict[str, int]:
    """For each number of clients what `deliveries()` finds."""
    return {str(size): round(await deliveries(size, seconds, addresses)) for size in sizes}


async def deliveries(size: int, seconds: float, addresses: list[str]) -> float:
    """Messages that reached the listeners, a second, while one client spoke."""
    from websockets.asyncio.client import connect

    listeners = [
        await connect(addresses[number % len(addresses)], **PLAIN) for number in range(size - 1)
    ]
    ears = [Ear() for _ in listeners]
    for listener, ear in zip(listeners, ears, strict=True):
        listener.transport.set_protocol(ear)
    async with connect(addresses[0], **PLAIN) as speaker:
        pause = 0.1
        while not all(ear.has_begun for ear in ears):
            await speaker.send("begin")  # the news of who has come takes its time
            await asyncio.sleep(pause := 2 * pause)
        said, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            if said - min(ear.heard for ear in ears) < WINDOW:
                await speaker.send("hello")
                said += 1
            await asyncio.sleep(0)
        rate = sum(ear.heard for ear in ears) / (time.perf_counter() - began)
        for listener in listeners:
            listener.transport.abort()
    return rate


class Ear(asyncio.Protocol):
    """A listener that counts and takes no message apart: it must not be what is measured."""

    def __init__(self) -> None:
        self.has_begun, self.heard, self._rest = False, 0, b""

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        self.has_begun = self.has_begun or b"begin" in data
        self.heard += data.count(b"hello")
        self._rest = data[1 - len(b"hello") :]  # a word may come in two parts


async def broadcast_server(port: int) -> None:
    """Everybody hears what anybody says: the fewest lines that do it."""
    from websockets.asyncio.server import broadcast, serve
    from websockets.exceptions import ConnectionClosed

    members = set()

    async def member(connection):
        members.add(connection)
        try:
            async for message in connection:
                broadcast(members - {connection}, message)
        except ConnectionClosed:
            pass  # a client that is cut off is no news here
        finally:
            members.discard(connection)

    async with serve(member, "127.0.0.1", port, compression=None, ping_interval=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--broadcast-server"]:
        asyncio.run(broadcast_server(int(sys.argv[3])))
    elif sys.argv[1:2] == ["--measure-clients"]:
        sizes, seconds = json.loads(sys.argv[2]), float(sys.argv[3])
        print(json.dumps(asyncio.run(all_deliveries(sizes, seconds, sys.argv[4:]))))
    else:
        main()
