"""How fast the workbook is: `python benchmarks/speed.py [--runs N] [--only WORD]`.

Prints one row a claim: what, the bound, and the median, least and most of several runs. Whole
commands are timed as processes, from start to end. Beside "one solved exercise" stands the same
echo graded by nbgrader, if it is installed (`pip install -r benchmarks/requirements.txt`).
"""

import argparse
import asyncio
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = [sys.executable, "-m", "pytest"]
SOLVED = ROOT / "solutions"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7, help="runs of each (7)")
    parser.add_argument("--only", default="", help="only the rows that hold this word")
    asked = parser.parse_args()
    print(machine())
    print(f"{'what':<58}{'at most':>9}{'median':>9}{'least':>9}{'most':>9}  runs")
    for what, bound, unit, measure in ROWS:
        if asked.only not in what:
            continue
        found = list(measure(asked.runs))
        if not found:
            print(f"{what:<58}{'':>9}  not installed")
            continue
        shown = [statistics.median(found), min(found), max(found)]
        limit = f"{bound:g} {unit}" if bound else ""
        print(
            f"{what:<58}{limit:>9}" + "".join(_figure(x, unit) for x in shown) + f"  {len(found)}"
        )


def _figure(value: float, unit: str) -> str:
    return f"{value:>{8 - len(unit)}.{2 if unit == 's' else 1}f} {unit}"


def machine() -> str:
    """The machine, in a line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":")[1].strip() if names else model
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    python = f"Python {platform.python_version()}"
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, {python}{load}"


def command(*arguments: str) -> Callable[[int], Iterator[float]]:
    """Seconds of a whole process that must succeed; one run more, first, is not counted."""

    run = partial(subprocess.run, [*PYTEST, *arguments], cwd=ROOT, check=True, capture_output=True)
    return lambda runs: seconds(runs, run)


def seconds(runs: int, work: Callable[[], object]) -> Iterator[float]:
    """Seconds of `work()`, again and again; one run more, first, is not counted."""
    for number in range(runs + 1):
        begun = time.perf_counter()
        work()
        if number:
            yield time.perf_counter() - begun


def imports(runs: int) -> Iterator[float]:
    """Seconds of two processes that only import pytest, and FastAPI with uvicorn.

    Whoever grades a FastAPI program with pytest waits for both, one after the other for the most
    part: it says how much of a row is the machine, and how much the workbook.
    """

    def both() -> None:
        for names in ("pytest", "fastapi, uvicorn"):
            subprocess.run([sys.executable, "-c", f"import {names}"], check=True)

    return seconds(runs, both)


def from_save_to_verdict(runs: int) -> Iterator[float]:
    """Seconds from writing the file to the verdict, with `workbook watch` running."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ex2a_echo.py"
        text = (SOLVED / file.name).read_text()
        file.write_text(text)
        watching = subprocess.Popen(
            [sys.executable, "-m", "workbook.watching", "ex2a_echo", folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        watching.stdout.readline()
        for number in range(max(runs, 15) + 2):
            time.sleep(0.3)  # a person who types; nothing waits for anything here
            begun = time.perf_counter()
            file.write_text(f"{text}\n# {number}\n")
            verdict = json.loads(watching.stdout.readline())
            if number > 1:
                yield time.perf_counter() - begun
            assert verdict["points"] == verdict["max_points"]
        watching.stdin.close()
        watching.wait()


def fresh_hosts(runs: int) -> Iterator[float]:
    """Milliseconds from asking for a host to its first echo."""
    return asyncio.run(_fresh_hosts(max(runs, 30)))


async def _fresh_hosts(runs: int) -> Iterator[float]:
    from websockets.asyncio.client import connect

    found = []
    async for worker, begun in _workers(runs + 2):
        address = f"ws://127.0.0.1:{worker.port}/ws"
        async with connect(address, compression=None, ping_interval=None, proxy=None) as client:
            await client.send("hello")
            assert await client.recv() == "1: hello"
            found.append((time.perf_counter() - begun) * 1000)
    return iter(found[2:])


async def _workers(count: int):
    from workbook.grader.parent import Parent
    from workbook.grader.worker import Worker

    path = SOLVED / "ex2a_echo.py"
    parent = Parent()
    try:
        for _ in range(count):
            begun = time.perf_counter()
            worker = Worker(parent, path, path.read_bytes(), "serve", {})
            await worker.start()
            yield worker, begun
            await worker.close()
    finally:
        parent.stop()


def host_memory(runs: int) -> Iterator[float]:
    """Proportional set size of one running host, in MB."""
    return asyncio.run(_host_memory(runs))


async def _host_memory(runs: int) -> Iterator[float]:
    import psutil

    found = []
    async for worker, _ in _workers(runs):
        found.append(psutil.Process(worker._pid).memory_full_info().pss / 1e6)
    return iter(found)


def _app():
    from fastapi import FastAPI, WebSocket

    app = FastAPI()

    @app.websocket("/ws")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        async for text in websocket.iter_text():
            await websocket.send_text(text)

    return app


def serve_starts(runs: int) -> Iterator[float]:
    """Milliseconds of `serve(app)`."""
    return (started for started, _ in _served(max(runs, 20)))


def serve_stops(runs: int) -> Iterator[float]:
    """Milliseconds of `server.stop()`."""
    return (stopped for _, stopped in _served(max(runs, 20)))


def _served(runs: int) -> Iterator[tuple[float, float]]:
    from workbook import serve

    for number in range(runs + 1):
        begun = time.perf_counter()
        server = serve(_app())
        up = time.perf_counter()
        server.stop()
        if number:
            yield (up - begun) * 1000, (time.perf_counter() - up) * 1000


def nbgrader(runs: int) -> Iterator[float]:
    """Seconds of `nbgrader autograde` for a notebook with the same echo and the same few checks."""
    if shutil.which("nbgrader") is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "benchmarks" / "nbgrader_course", folder, dirs_exist_ok=True)
        generate = ["nbgrader", "generate_assignment", "echo", "--force"]
        subprocess.run(generate, cwd=folder, check=True, capture_output=True)
        grade = ["nbgrader", "autograde", "echo", "--force"]
        run = partial(subprocess.run, grade, cwd=folder, check=True, capture_output=True)
        yield from seconds(runs, run)


ROWS = [
    ("one solved exercise: pytest checks/test_ex2a_echo.py", 0.8, "s",
     command("checks/test_ex2a_echo.py", "--work", "solutions")),
    ("a yardstick: only to import pytest, fastapi and uvicorn", None, "s", imports),
    ("the same echo graded by nbgrader", None, "s", nbgrader),
    ("save to verdict in watch mode", 0.25, "s", from_save_to_verdict),
    ("all exercises: pytest checks/ --work solutions", 5, "s",
     command("checks/", "--work", "solutions")),
    ("a fresh host up and its first echo answered", 40, "ms", fresh_hosts),
    ("serve(app) in a notebook, started", 20, "ms", serve_starts),
    ("serve(app) in a notebook, stopped", 300, "ms", serve_stops),
    ("pytest --nbval over all notebooks, two workers", 30, "s",
     command("--nbval", "notebooks/", "-n", "2", "--dist", "loadfile")),
    ("memory of one running host (PSS)", 60, "MB", host_memory),
]  # fmt: skip


if __name__ == "__main__":
    main()
