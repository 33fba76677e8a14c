"""Whether the verdicts are the same each time: `python benchmarks/same_verdicts.py [--runs 200]`.

Grades all solutions again and again, every second time with two busy loops beside, and counts the
verdicts that differ. `--work DIR` grades other files; `WORKBOOK_BROKER=valkey` takes that broker.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run, compare, print; 1 if any verdict differed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--work", default="solutions", help="the files to grade (solutions/)")
    parser.add_argument("checks", nargs="*", default=["checks/"])
    asked = parser.parse_args()
    seen: Counter[tuple] = Counter()
    seconds = {False: [], True: []}
    for number in range(asked.runs):
        busy = number % 2 == 1
        with busy_loops(2 if busy else 0):
            begun = time.perf_counter()
            verdicts, messages = grade(asked.checks, asked.work)
            seconds[busy].append(time.perf_counter() - begun)
        if seen and verdicts not in seen:
            print(
                f"run {number}{' (busy)' if busy else ''} differs:", *messages, sep="\n", flush=True
            )
        seen[verdicts] += 1
    differing = asked.runs - max(seen.values())
    for busy, name in ((False, "quiet"), (True, "two busy loops beside")):
        times = sorted(seconds[busy])
        print(
            f"{name}: {len(times)} runs, median {times[len(times) // 2]:.2f} s,"
            f" most {times[-1]:.2f} s"
        )
    print(f"{asked.runs} runs, {differing} differing verdicts")
    return 1 if differing else 0


def grade(checks: list[str], work: str) -> tuple[tuple, list[str]]:
    """The outcome of each check of one run, and the messages of those that did not pass."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "pytest", *checks, f"--work={work}", f"--report={report}"]
        subprocess.run(command, cwd=ROOT, capture_output=True)
        found = json.loads(report.read_text())["exercises"]
    every = [(stem, check) for stem, result in found.items() for check in result["checks"]]
    outcomes = tuple(sorted((stem, check["name"], check["outcome"]) for stem, check in every))
    return outcomes, [f"{stem} {c['name']}: {c['message']}" for stem, c in every if c["message"]]


@contextmanager
def busy_loops(count: int):
    """Processes that take all the time they can get."""
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


if __name__ == "__main__":
    sys.exit(main())
