"""Runs the checks again and again without starting Python, pytest and the nursery each time.

A run is a fork of this process, which has imported everything; the nursery is lent to it. That is
what `workbook watch` and the proofs in tests/ use.
"""

import importlib
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import pytest
from _pytest.config import default_plugins

from workbook.catalogue import Exercise
from workbook.grader import confine, options, plugin  # noqa: F401 (pytest would import options in each run)
from workbook.grader.interrupts import may_be_interrupted, uninterrupted
from workbook.grader.parent import Parent


class Runner:
    """Grades files; a context manager, at whose end the nursery ends."""

    def __init__(self) -> None:
        self._parent = Parent()
        self._prepared: Run | None = None
        for name in default_plugins:  # pytest imports them anew in each run otherwise
            importlib.import_module(f"_pytest.{name}")

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        self._forget_prepared()
        self._parent.stop()

    def run(
        self,
        exercises: list[Exercise],
        work: Path | None = None,
        report: Path | None = None,
        output: Path | None = None,
        first_only: bool = False,
        likely: Sequence[str] = (),
    ) -> int:
        """Run the checks of some exercises, one run at a time.

        Args:
            exercises: which ones.
            work: the folder with the files to grade; `exercises/` if not given.
            report: where to write the JSON.
            output: where to write what pytest prints; to this process's output if not given.
            first_only: stop at the first check that does not pass.
            likely: the names of checks to run before the others, in this order.

        Returns:
            pytest's exit code; a negative signal number if the run was killed.
        """
        arguments = _arguments(exercises, work, report, first_only)
        run = self._prepared
        wanted = (arguments, output, likely)
        if run is None or run.wanted != wanted or not run.open():
            self._begin(arguments, output, likely).open()
        try:
            code = self._prepared.end()
        finally:
            self._forget_prepared()
        if code < 0 or code > 5:
            # It may have been cut off in the middle of a request to the nursery.
            self._parent.stop()
            self._parent.start()
        return code

    def prepare(
        self,
        exercises: list[Exercise],
        work: Path | None = None,
        report: Path | None = None,
        output: Path | None = None,
    ) -> None:
        """Begin what the same `run()` will do, up to the point where it looks at the files."""
        self._begin(_arguments(exercises, work, report), output)

    def _begin(
        self, arguments: list[str], output: Path | None, likely: Sequence[str] = ()
    ) -> "Run":
        self._forget_prepared()
        with uninterrupted():
            self._prepared = Run(self._parent, arguments, output, likely)
        return self._prepared

    def _forget_prepared(self) -> None:
        """End the run that was prepared, or that was cut off: it holds the nursery's socket."""
        if self._prepared is not None:
            self._prepared.kill()
            self._prepared = None


def _arguments(
    exercises: list[Exercise], work: Path | None, report: Path | None, first_only: bool = False
) -> list[str]:
    arguments = [str(exercise.check_path) for exercise in exercises]
    arguments += [f"--work={work}"] if work else []
    arguments += [f"--report={report}"] if report else []
    return arguments + (["-x"] if first_only else [])


class Run:
    """One run of pytest in a fork of this process, which collects the checks and then waits.

    To be made while Ctrl+C is put off, lest the fork be forgotten.

    Args:
        parent: the nursery to lend.
        arguments: pytest's.
        output: where to write what it prints; to this process's output if not given.
        likely: the names of checks to run before the others, in this order.
    """

    def __init__(
        self, parent: Parent, arguments: list[str], output: Path | None, likely: Sequence[str]
    ) -> None:
        self.wanted = (arguments, output, likely)
        self._ended = False
        gate, self._opener = os.pipe()
        parent.lend()
        sys.stdout.flush()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._opener)
            self._run(parent, gate)
        os.close(gate)

    def _run(self, parent: Parent, gate: int) -> None:
        arguments, output, likely = self.wanted
        code = 70
        try:
            may_be_interrupted()
            confine.end_with_parent()
            if output is not None:
                target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
                os.dup2(target, 1)
                os.dup2(target, 2)
            plugin.lend(parent)
            code = int(pytest.main(arguments, plugins=[Gate(gate), Order(likely)]))
            sys.stdout.flush()
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)

    def open(self) -> bool:
        """Let it grade; False if it has already ended."""
        try:
            os.write(self._opener, b"!")
        except BrokenPipeError:
            return False
        return True

    def end(self) -> int:
        """Wait for its end; return its exit code."""
        _, status = os.waitpid(self._pid, 0)
        self._ended = True
        return os.waitstatus_to_exitcode(status)

    def kill(self) -> None:
        """See to it that it has ended, and free what belonged to it."""
        if not self._ended:
            with suppress(ProcessLookupError, ChildProcessError):
                os.kill(self._pid, signal.SIGKILL)
                self.end()
        os.close(self._opener)


class Order:
    """A pytest plugin that puts some checks, by their names, before the others."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: place for place, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=lambda item: self._places.get(item.name, len(self._places)))


class Gate:
    """A pytest plugin that waits, after the checks were collected, until the run is wanted."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        handler = signal.signal(signal.SIGINT, signal.SIG_DFL)  # nobody wants to be told of it yet
        if not os.read(self._descriptor, 1):
            os._exit(0)
        signal.signal(signal.SIGINT, handler)
