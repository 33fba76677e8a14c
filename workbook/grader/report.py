"""What a run of checks found: points, statuses, messages; and its JSON for machines."""

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from workbook.catalogue import Exercise

VERSION = 1


@dataclass
class CheckResult:
    """The verdict on one check; `outcome` is "passed", "failed", "error" or "skipped"."""

    name: str
    title: str
    outcome: str
    points: int
    max_points: int
    message: str = ""
    conversation: list[dict] = field(default_factory=list)
    tasks: dict = field(default_factory=dict)


@dataclass
class ExerciseResult:
    """The verdicts on one exercise."""

    stem: str
    started: bool = True
    by_place: dict[tuple[int, str], CheckResult] = field(default_factory=dict)  # line, name

    @property
    def checks(self) -> list[CheckResult]:
        """The verdicts in the order of the checks in their file, whichever came first."""
        return [check for _, check in sorted(self.by_place.items())]

    @property
    def points(self) -> int:
        """The points earned."""
        return sum(check.points for check in self.checks)

    @property
    def max_points(self) -> int:
        """The points of all checks, whether they ran or not."""
        return sum(check.max_points for check in self.checks) + sum(self.not_run.values())

    @property
    def not_run(self) -> dict[str, int]:
        """The points of the checks without a verdict, by name: left out, or the run ended early."""
        ran = {check.name.partition("[")[0] for check in self.checks}
        return {name: points for name, points in self._points.items() if name not in ran}

    @cached_property
    def _points(self) -> dict[str, int]:
        exercise = Exercise(self.stem)
        return exercise.points if exercise.check_path.exists() else {}

    @property
    def ran_well(self) -> bool:
        """Whether each check that ran passed."""
        return self.started and {check.outcome for check in self.checks} <= {"passed"}

    @property
    def status(self) -> str:
        """ "passed" (all checks ran, and passed), "failed", "not started" or "error"."""
        outcomes = {check.outcome for check in self.checks}
        if not self.started:
            return "not started"
        if self.ran_well and not self.not_run:
            return "passed"
        return "error" if outcomes & {"error", "skipped"} else "failed"


class Report:
    """The results of one run, by exercise."""

    def __init__(self) -> None:
        self.exercises: dict[str, ExerciseResult] = {}

    def add(self, stem: str, started: bool, line: int, check: CheckResult) -> None:
        """Add the verdict on the check that stands at a line of its file."""
        result = self.exercises.setdefault(stem, ExerciseResult(stem))
        result.started = result.started and started
        result.by_place[line, check.name] = check

    @property
    def points(self) -> int:
        """The points of all exercises together."""
        return sum(result.points for result in self.exercises.values())

    @property
    def max_points(self) -> int:
        """The points that could be earned."""
        return sum(result.max_points for result in self.exercises.values())

    @property
    def passed(self) -> bool:
        """Whether everything that was graded passes."""
        return all(result.ran_well for result in self.exercises.values())

    def as_json(self) -> dict:
        """The report as the README promises it."""
        return {
            "version": VERSION,
            "points": self.points,
            "max_points": self.max_points,
            "exercises": {
                stem: {
                    "status": result.status,
                    "points": result.points,
                    "max_points": result.max_points,
                    "checks": [vars(check) for check in result.checks],
                }
                for stem, result in sorted(self.exercises.items())
            },
        }

    def write(self, path: Path) -> None:
        """Write the JSON; a reader sees the old file or the new one, never half of it.

        Raises:
            OSError: it cannot be written; nothing is left of the attempt.
        """
        text = json.dumps(self.as_json(), indent=2, ensure_ascii=True) + "\n"
        if path.exists() and not path.is_file():  # a terminal or a pipe is not to be replaced
            path.write_text(text, encoding="utf-8")
            return
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, path)
        except OSError:
            with suppress(OSError):
                beside.unlink()
            raise


def trouble_with(path: Path) -> str | None:
    """Why no report can be written to a path, in one sentence; None if it seems that one can."""
    folder = path.absolute().parent
    if not folder.is_dir():
        return f"--report: there is no folder {folder}."
    if path.is_dir():
        return f"--report: {path} is a folder, not a file."
    if not path.exists() and not os.access(folder, os.W_OK):
        return f"--report: nothing can be written in {folder}."
    return None
