"""The verdict as a page in the notebook: `check("ex2a")`, and `watch("ex2a")` after each save."""

import json
import re
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from workbook.catalogue import ROOT, Exercise, find, shown
from workbook.events import Event, Span, printable_lines
from workbook.pictures import Picture, conversation, gantt

DEADLINE = 300  # seconds for one run; the grader's own limits are far below


class NotGraded(RuntimeError):
    """There is no verdict; the text is one sentence that says why."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]


@dataclass(frozen=True)
class Verdict:
    """What the checks say of one exercise; a notebook shows it as a page.

    Args:
        exercise: the exercise.
        path: the file that was graded.
        saved: when it was last saved; None if it is not there.
        result: the exercise's part of the report.
    """

    exercise: Exercise
    path: Path
    saved: datetime | None
    result: dict[str, Any]

    @property
    def passed(self) -> bool:
        """Whether all checks pass."""
        return self.result["status"] == "passed"

    @property
    def wrong(self) -> dict[str, Any] | None:
        """The first check that does not pass."""
        checks = self.result["checks"]
        return next((c for c in checks if c["outcome"] in ("failed", "error")), None)

    def picture(self) -> Picture | None:
        """The first check that does not pass: the tasks that it is about, else its conversation."""
        tasks = self.wrong["tasks"] if self.wrong else {}
        if tasks.get("spans"):
            return gantt([Span(**span) for span in tasks["spans"]], tasks["until"])
        events = self.wrong["conversation"] if self.wrong else []
        return conversation([Event(**event) for event in events]) if events else None

    def __repr__(self) -> str:
        found = self.result
        told = (
            f"{self.exercise.name}: {found['status']}, {found['points']} of {found['max_points']}"
        )
        return told + (
            f"\n\n✗ {self.wrong['title']}\n\n{printable_lines(self.wrong['message'])}"
            if self.wrong
            else ""
        )

    def _repr_html_(self) -> str:
        page = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
        page.filters["code"] = _with_code
        saved = f"saved {self.saved:%Y-%m-%d %H:%M:%S}" if self.saved else "which is not there"
        return page.get_template("verdict.html").render(
            name=self.exercise.name,
            title=self.exercise.title,
            path=shown(self.path),
            saved=saved,
            wrong=self.wrong,
            hints=self.exercise.hints,
            **self.result,
        )

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data = {"text/html": self._repr_html_(), "text/plain": repr(self)}
        display(data, raw=True)
        picture = self.picture()
        if picture is not None:
            display(picture)


def check(exercise: str, work: str | Path | None = None) -> Verdict:
    """Grade an exercise and return the verdict, which the notebook shows.

    Args:
        exercise: such as "ex2a".
        work: the folder with the file; `exercises/` if not given.

    Raises:
        NoSuchExercise: there is no such exercise.
        NotGraded: the checks could not be run.
    """
    found = find(exercise)
    folder = Path(work) if work else ROOT / "exercises"
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.json"
        command = [sys.executable, "-m", "pytest", str(found.check_path)]
        ran = subprocess.run(
            [*command, f"--work={folder}", f"--report={report}"],
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=DEADLINE,
        )
        if not report.exists():
            raise NotGraded(f"The checks could not be run: {(ran.stderr or ran.stdout).strip()}")
        return _verdict(found, folder, json.loads(report.read_text(encoding="utf-8")))


class Watch:
    """Grades after each save and keeps its page up to date, until `stop()`."""

    def __init__(self, exercise: Exercise, folder: Path) -> None:
        from IPython.display import display

        self._exercise, self._folder = exercise, folder
        self._page = display(f"Grading {exercise.name} …", display_id=True)
        self._picture = display(_NOTHING, raw=True, display_id=True)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "workbook.watching", exercise.stem, str(folder)],
            stdin=subprocess.PIPE,  # when this process ends, however, the other sees it and ends
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self) -> None:
        for line in self._process.stdout:
            try:
                self._show(_verdict(self._exercise, self._folder, json.loads(line)))
            except NotGraded as complaint:
                self._page.update({"text/plain": str(complaint)}, raw=True)
                self._picture.update(_NOTHING, raw=True)

    def _show(self, verdict: Verdict) -> None:
        data = {"text/html": verdict._repr_html_(), "text/plain": repr(verdict)}
        picture = verdict.picture()
        self._page.update(data, raw=True)
        self._picture.update(picture._repr_mimebundle_() if picture else _NOTHING, raw=True)

    def stop(self) -> None:
        """Watch no longer; the page stays as it is."""
        self._process.terminate()
        self._process.wait()

    def __repr__(self) -> str:
        return f"<watching {shown(self._folder / self._exercise.path.name)}; stop() ends it>"


_NOTHING = {"text/plain": ""}
_watches: dict[str, Watch] = {}


def watch(exercise: str, work: str | Path | None = None) -> Watch:
    """Grade an exercise now and after each save, in a page below the cell.

    A second call for the same exercise replaces the first.

    Raises:
        NoSuchExercise: there is no such exercise.
        NotGraded: there is no such folder.
    """
    found = find(exercise)
    folder = Path(work) if work else ROOT / "exercises"
    if not folder.is_dir():
        raise NotGraded(f"There is no folder {folder}.")
    if found.stem in _watches:
        _watches.pop(found.stem).stop()
    _watches[found.stem] = Watch(found, folder)
    return _watches[found.stem]


def _verdict(exercise: Exercise, folder: Path, report: dict) -> Verdict:
    if exercise.stem not in report["exercises"]:
        raise NotGraded(f"{exercise.name} was not graded: the run ended before its checks did.")
    path = folder / exercise.path.name
    saved = datetime.fromtimestamp(path.stat().st_mtime) if path.is_file() else None
    return Verdict(exercise, path, saved, report["exercises"][exercise.stem])


def _with_code(text: str) -> Markup:
    """A text as HTML, with what stands between backticks marked as code."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))
