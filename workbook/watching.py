"""Grade after each save: for the terminal (`workbook watch`) and for the notebook (`watch()`)."""

import json
import logging
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from watchfiles import watch

from workbook.catalogue import Exercise, find
from workbook.grader.interrupts import heed_termination
from workbook.grader.runner import Runner

# Ctrl+C is how watching ends; it is nothing to warn of.
logging.getLogger("watchfiles").setLevel(logging.ERROR)
STEP, DEBOUNCE, LOOK = 5, 20, 100  # milliseconds: between looks, for a save, for a round


def watch_and_grade(chosen: list[Exercise], work: Path) -> None:
    """Grade the chosen exercises now, and each of them after it was saved, until Ctrl+C.

    Args:
        chosen: the exercises.
        work: the folder with the learner's files.
    """
    heed_termination()
    by_name = {f"{exercise.stem}.py": exercise for exercise in chosen}
    with Runner() as runner:
        for names in _saves(work, set(by_name)):
            some = [by_name[name] for name in sorted(names)]
            _grade(runner, some, work)
            runner.prepare(some, work)  # most likely the same is saved again


def _saves(work: Path, names: set[str]) -> Iterator[set[str]]:
    """All names first, then those of the files that were saved, a set for each moment.

    What is saved while the caller is busy is not lost: the watching begins before the first set.
    """
    changes = watch(
        work,
        watch_filter=lambda _, path: Path(path).name in names,
        step=STEP,
        debounce=DEBOUNCE,
        recursive=False,
        raise_interrupt=False,
        rust_timeout=LOOK,
        yield_on_timeout=True,
    )
    next(changes)
    yield names
    for found in changes:
        if found:
            yield {Path(path).name for _, path in found}


def _grade(runner: Runner, chosen: list[Exercise], work: Path) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\033[2J\033[H")
    runner.run(chosen, work)
    names = ", ".join(exercise.name for exercise in chosen[:3])
    print(
        f"\nWatching {names}{' …' if len(chosen) > 3 else ''}."
        " Save to grade again, Ctrl+C to stop.",
        flush=True,
    )


def report_each_save(exercise: Exercise, work: Path) -> None:
    """Write a report to standard output now and after each save, a line each.

    That is the other half of `verdicts.watch()`. It ends with the process that reads it.
    """
    threading.Thread(target=_end_with_reader, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch, Runner() as runner:
        report, output = Path(scratch) / "report.json", Path(scratch) / "output.txt"
        for _ in _saves(work, {f"{exercise.stem}.py"}):
            report.unlink(missing_ok=True)
            runner.run([exercise], work, report, output)
            print(_on_one_line(report), flush=True)
            runner.prepare([exercise], work, report, output)


def _on_one_line(report: Path) -> str:
    """The report; one without exercises if the run was ended before it could write any."""
    text = report.read_text(encoding="utf-8") if report.exists() else '{"exercises": {}}'
    return json.dumps(json.loads(text))


def _end_with_reader() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    report_each_save(find(sys.argv[1]), Path(sys.argv[2]))
