"""What a run of checks found: points, statuses, messages; and its JSON for machines."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

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
        """The points that could be earned with the checks that ran."""
        return sum(check.max_points for check in self.checks)

    @property
    def status(self) -> str:
        """ "passed", "failed", "not started" or "error"."""
        outcomes = {check.outcome for check in self.checks}
        if not self.started:
            return "not started"
        if outcomes <= {"passed"}:
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
        return all(result.status == "passed" for result in self.exercises.values())

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
        """Write the JSON; a reader sees the old file or the new one, never half of it."""
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        text = json.dumps(self.as_json(), indent=2, ensure_ascii=True) + "\n"
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, path)
