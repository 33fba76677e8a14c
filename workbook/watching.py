"""Grade after each save: the terminal's side of `workbook watch`."""

import sys
from pathlib import Path

from watchfiles import watch

from workbook.catalogue import Exercise
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
