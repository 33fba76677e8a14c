"""What a run of checks looks like in a terminal: mistakes first, then a line an exercise."""

from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from workbook.catalogue import Exercise
from workbook.events import printable_lines
from workbook.grader.report import CheckResult, ExerciseResult, Report

VERDICT = "workbook verdict"
BAR = 8
SHOWN_WORK = "exercises"


class WorkbookReporter(TerminalReporter):
    """Takes the place of pytest's own reporter; collection errors and the like stay pytest's."""

    def __init__(self, config: pytest.Config, work: Path) -> None:
        super().__init__(config)
        self.results = Report()
        self._work = work
        self._all = config.option.verbose > 0
        self._planned: set[str] = set()  # stems of the exercises whose checks are to run
        self._interrupted = False
        self.complaint = ""  # a sentence about the run itself, for its end

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._session_start = _start_of(self)

    def pytest_collection(self) -> None:
        pass

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        items = getattr(session, "items", [])  # pytest-xdist's controller collects none
        self._planned = {item.path.stem.removeprefix("test_") for item in items}
        if self.config.getoption("collectonly"):
            super().pytest_collection_finish(session)

    def report_collect(self, final: bool = False) -> None:
        pass

    def pytest_runtest_logstart(self, nodeid: str, location: tuple) -> None:
        pass

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, found in report.user_properties:
            if name == VERDICT:
                check = CheckResult(**found["check"])
                self.results.add(found["stem"], found["started"], report.location[1], check)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        pass

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo) -> None:
        self._interrupted = True
        if type(excinfo.value) is not KeyboardInterrupt:  # pytest's own, which give a reason
            super().pytest_keyboard_interrupt(excinfo)

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int):
        result = yield
        if self.stats.get("error"):
            self.summary_errors()
        self._tell()
        if self.complaint:
            self._tw.line(f"  {self.complaint}", red=True)
        return result

    # The page

    def _tell(self) -> None:
        results = sorted(self.results.exercises.values(), key=lambda result: result.stem)
        if not results:
            self._tw.line("  The run was interrupted." if self._interrupted else "")
            return
        for result in results:
            self._tell_mistakes(result)
        self._tw.line()
        wide = max(len(Exercise(result.stem).title) for result in results)
        for result in results:
            self._tell_exercise(result, wide)
        self._tell_total(results)

    def _tell_mistakes(self, result: ExerciseResult) -> None:
        wrong = [check for check in result.checks if check.outcome not in ("passed", "skipped")]
        if not wrong or not result.started:
            return
        if (
            all(check.outcome == "error" for check in wrong)
            and len({c.message for c in wrong}) == 1
        ):
            self._tell_check(wrong[0], title=Exercise(result.stem).title, points=result.max_points)
            return
        self._tell_check(wrong[0])
        for check in wrong[1:]:
            self._tell_check(check) if self._all else self._tell_title(
                check.title, check.max_points
            )

    def _tell_check(self, check: CheckResult, title: str = "", points: int = 0) -> None:
        self._tell_title(title or check.title, points or check.max_points)
        self._tw.line()
        for line in printable_lines(check.message).split("\n"):
            self._tw.line(f"  {line}".rstrip(), red="✗" in line)
        self._tw.line()

    def _tell_title(self, title: str, points: int) -> None:
        right = f"0 of {points} point{'s' if points != 1 else ''}"
        room = min(self._tw.fullwidth, 96) - len(right) - 3
        self._tw.write("✗ ", red=True, bold=True)
        self._tw.write(f"{title:<{room}}", bold=True)
        self._tw.line(f" {right}")

    def _tell_exercise(self, result: ExerciseResult, wide: int) -> None:
        exercise = Exercise(result.stem)
        self._tw.write(f"  {exercise.name}  {exercise.title:<{wide}}  ")
        if result.status == "not started":
            self._tw.line(f"{'':<{BAR}}  not started")
            return
        full = BAR * result.points // max(result.max_points, 1)
        passed = result.status == "passed"
        self._tw.write("█" * full + "·" * (BAR - full), green=passed, yellow=not passed)
        self._tw.write(f"  {result.points:>2} of {result.max_points}")
        left = sum(check.outcome != "passed" for check in result.checks) + len(result.not_run)
        self._tw.line(f"   {left} check{'s' if left > 1 else ''} to go" if left else "")

    def _tell_total(self, results: list[ExerciseResult]) -> None:
        total = f"  {self.results.points} of {self.results.max_points} points."
        if self._work.name != SHOWN_WORK:
            total += f" Graded: {self._work}."
        told = [total, self._early_end(), self._next_step(results)]
        self._tw.line(" ".join(filter(None, told)), bold=True)

    def _early_end(self) -> str:
        missing = len(self._planned - self.results.exercises.keys())
        were = "1 exercise was" if missing == 1 else f"{missing} exercises were"
        if self._interrupted:
            return f"The run was interrupted{f': {were} not graded' if missing else ''}."
        return f"The run ended early: {were} not graded." if missing else ""

    def _next_step(self, results: list[ExerciseResult]) -> str:
        for result in results:
            if result.started and not result.ran_well:
                return _next_in(result)
        fresh = [result for result in results if not result.started]
        if fresh:
            where = f"{self._work.name}/{fresh[0].stem}.py"
            verb = "Begin" if len(fresh) == len(results) else "Next: begin"
            return f"{verb} with {where}: its first lines say what to do."
        if self._early_end():
            return ""
        if any(result.not_run for result in results):
            return "Everything that ran passes."
        if len(results) == 1:
            return f"All of {Exercise(results[0].stem).name} passes."
        return "Everything passes."


def _next_in(result: ExerciseResult) -> str:
    name = Exercise(result.stem).name
    if result.status == "error":
        return f"Next: {name}, which cannot be graded yet."
    check = next(check for check in result.checks if check.outcome != "passed")
    return f"Next: {name}, “{check.title}” (workbook hint {name})."


def _start_of(reporter: TerminalReporter):
    from _pytest import timing

    return timing.Instant() if hasattr(timing, "Instant") else timing.time()
