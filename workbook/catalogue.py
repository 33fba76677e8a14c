"""The exercises that there are, read from their files; there is no list to keep in step.

An exercise is a check, `checks/test_<stem>.py`. Of the same stem are the learner's file in
`exercises/`, the pristine starter in `exercises/.starters/`, the solution in `solutions/` and the
hints in `checks/hints/<stem>.md`, one under each second-level heading.
"""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class NoSuchExercise(LookupError):
    """The words name no exercise, or more than one."""


@dataclass(frozen=True)
class Exercise:
    """One exercise.

    Args:
        stem: such as "ex2a_echo".
        root: the folder of the workbook.
    """

    stem: str
    root: Path = ROOT

    @property
    def name(self) -> str:
        """The short name: "ex2a"."""
        return self.stem.partition("_")[0]

    @property
    def path(self) -> Path:
        """The learner's file."""
        return self.root / "exercises" / f"{self.stem}.py"

    @property
    def starter_path(self) -> Path:
        """The pristine starter."""
        return self.root / "exercises" / ".starters" / f"{self.stem}.py"

    @property
    def solution_path(self) -> Path:
        """The solution."""
        return self.root / "solutions" / f"{self.stem}.py"

    @property
    def check_path(self) -> Path:
        """The checks."""
        return self.root / "checks" / f"test_{self.stem}.py"

    @cached_property
    def starter(self) -> str | None:
        """The pristine starter's text; None where there is none."""
        try:
            return self.starter_path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    @cached_property
    def title(self) -> str:
        """The first line of the starter's docstring, without "Exercise 2a."."""
        words = (ast.get_docstring(ast.parse(self.starter or "")) or self.stem).splitlines()[0]
        return re.sub(r"^Exercise \w+\. ", "", words).rstrip(".")

    @cached_property
    def points(self) -> dict[str, int]:
        """The points of each check, by the name of its function, in their order."""
        tree = ast.parse(self.check_path.read_text(encoding="utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        return {f.name: _points_of(f) for f in functions if f.name.startswith("test_")}

    @property
    def max_points(self) -> int:
        """The points of all checks together."""
        return sum(self.points.values())

    @cached_property
    def hints(self) -> list[str]:
        """The hints, from a nudge to nearly there."""
        path = self.root / "checks" / "hints" / f"{self.stem}.md"
        if not path.exists():
            return []
        parts = re.split(r"^## .*$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return [part.strip() for part in parts[1:] if part.strip()]


def _points_of(function: ast.FunctionDef) -> int:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "points":
            return ast.literal_eval(decorator.args[0])
    return 1


def exercises(root: Path = ROOT) -> list[Exercise]:
    """All exercises, in their order."""
    paths = sorted((root / "checks").glob("test_*.py"))
    return [Exercise(path.stem.removeprefix("test_"), root) for path in paths]


def find(words: str, root: Path = ROOT) -> Exercise:
    """The exercise that is meant by "ex2a", "2a", a stem or a file name.

    Raises:
        NoSuchExercise: with one sentence that names those that there are.
    """
    wanted = Path(words).stem.removeprefix("test_").lower()
    known = exercises(root)
    found = [e for e in known if wanted in (e.stem.lower(), e.name, e.name.removeprefix("ex"))]
    if len(found) == 1:
        return found[0]
    names = ", ".join(e.name for e in known)
    raise NoSuchExercise(f"There is no exercise {words!r}. There are {names}.")


def shown(path: Path) -> str:
    """How a file is named in messages: from the workbook's folder, if it is in there."""
    try:
        return str(path.resolve().relative_to(ROOT))
    except ValueError:
        return str(path)
