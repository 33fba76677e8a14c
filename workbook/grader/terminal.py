"""What a run of checks looks like in a terminal: mistakes first, then a line an exercise."""

from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter

from workbook.catalogue import Exercise
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

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        self._session = session
        self._session_start = _start_of(self)

    def pytest_collection(self) -> None:
        pass

    def pytest_collection_finish(self, session: pytest.Session) -> None:
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

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int):
        result = yield
        if self.stats.get("error"):
            self.summary_errors()
        if exitstatus == pytest.ExitCode.INTERRUPTED:
            self._report_keyboardinterrupt() if hasattr(self, "_keyboardinterrupt_memo") else None
        self._tell()
        return result

    # The page

    def _tell(self) -> None:
        results = sorted(self.results.exercises.values(), key=lambda result: result.stem)
        if not results:
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
        for line in check.message.splitlines():
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
        left = sum(check.outcome != "passed" for check in result.checks)
        self._tw.line(f"   {left} check{'s' if left > 1 else ''} to go" if left else "")

    def _tell_total(self, results: list[ExerciseResult]) -> None:
        total = f"  {self.results.points} of {self.results.max_points} points."
        if self._work.name != SHOWN_WORK:
            total += f" Graded: {self._work}."
        self._tw.line(f"{total} {self._next_step(results)}".rstrip(), bold=True)

    def _next_step(self, results: list[ExerciseResult]) -> str:
        begun = [r for r in results if r.status in ("failed", "error")]
        fresh = [r for r in results if r.status == "not started"]
        if begun:
            name = Exercise(begun[0].stem).name
            check = next(c for c in begun[0].checks if c.outcome != "passed")
            if begun[0].status == "error":
                return f"Next: {name}, which cannot be graded yet."
            return f"Next: {name}, “{check.title}” (workbook hint {name})."
        if fresh:
            where = f"{self._work.name}/{fresh[0].stem}.py"
            verb = "Begin" if len(fresh) == len(results) else "Next: begin"
            return f"{verb} with {where}: its first lines say what to do."
        if any(result.max_points < Exercise(result.stem).max_points for result in results):
            return "Everything that ran passes."
        if len(results) == 1:
            return f"All of {Exercise(results[0].stem).name} passes."
        return "Everything passes."


def _start_of(reporter: TerminalReporter):
    from _pytest import timing

    return timing.Instant() if hasattr(timing, "Instant") else timing.time()
