"""Grade after each save: for the terminal (`workbook watch`) and for the notebook (`watch()`)."""

import itertools
import json
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path

from watchfiles import watch

from workbook.catalogue import Exercise, find
from workbook.grader.runner import Runner

STEP, DEBOUNCE = 10, 40  # milliseconds: how often is looked, how long a save may take


def watch_and_grade(chosen: list[Exercise], work: Path) -> None:
    """Grade the chosen exercises now, and each of them after it was saved, until Ctrl+C.

    Args:
        chosen: the exercises.
        work: the folder with the learner's files.
    """
    by_name = {f"{exercise.stem}.py": exercise for exercise in chosen}
    with Runner() as runner:
        _grade(runner, chosen, work)
        for changes in _saves(work, by_name):
            _grade(runner, [by_name[name] for name in sorted(changes)], work)


def _saves(work: Path, names: dict[str, Exercise]):
    """The names of the files that were saved, a set for each moment."""
    changes = watch(
        work,
        watch_filter=lambda _, path: Path(path).name in names,
        step=STEP,
        debounce=DEBOUNCE,
        recursive=False,
        raise_interrupt=False,
    )
    for found in changes:
        yield {Path(path).name for _, path in found}


def _grade(runner: Runner, chosen: list[Exercise], work: Path) -> None:
    if sys.stdout.isatty():
        sys.stdout.write("\033[2J\033[H")
    runner.run(chosen, work)
    names = ", ".join(exercise.name for exercise in chosen[:3])
    print(
        f"\nWatching {names}{' …' if len(chosen) > 3 else ''}. Save to grade again, Ctrl+C to stop.",
        flush=True,
    )


def report_each_save(exercise: Exercise, work: Path) -> None:
    """Write a report to standard output now and after each save, a line each.

    That is the other half of `verdicts.watch()`. It ends with the process that reads it.
    """
    threading.Thread(target=_end_with_reader, daemon=True).start()
    with tempfile.TemporaryDirectory() as scratch, Runner() as runner:
        report, output = Path(scratch) / "report.json", Path(scratch) / "output.txt"
        for _ in itertools.chain([None], _saves(work, {f"{exercise.stem}.py": exercise})):
            runner.run([exercise], work, report, output)
            print(json.dumps(json.loads(report.read_text())), flush=True)


def _end_with_reader() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    report_each_save(find(sys.argv[1]), Path(sys.argv[2]))
