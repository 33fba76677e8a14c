"""Runs the checks again and again without starting Python, pytest and the nursery each time.

A run is a fork of this process, which has imported everything; the nursery is lent to it. That is
what `workbook watch` and the proofs in tests/ use.
"""

import importlib
import os
import sys
from pathlib import Path

import pytest
from _pytest.config import default_plugins

from workbook.catalogue import Exercise
from workbook.grader import options, plugin  # noqa: F401 (options: as above)
from workbook.grader.parent import Parent


class Runner:
    """Grades files; a context manager, at whose end the nursery ends."""

    def __init__(self) -> None:
        self._parent = Parent()
        for name in default_plugins:  # pytest imports them anew in each run otherwise
            importlib.import_module(f"_pytest.{name}")

    def __enter__(self) -> "Runner":
        return self

    def __exit__(self, *_: object) -> None:
        self._parent.stop()

    def run(
        self,
        exercises: list[Exercise],
        work: Path | None = None,
        report: Path | None = None,
        output: Path | None = None,
        first_only: bool = False,
    ) -> int:
        """Run the checks of some exercises, one run at a time.

        Args:
            exercises: which ones.
            work: the folder with the files to grade; `exercises/` if not given.
            report: where to write the JSON.
            output: where to write what pytest prints; to this process's output if not given.
            first_only: stop at the first check that does not pass.

        Returns:
            pytest's exit code; a negative signal number if the run was killed.
        """
        arguments = [str(exercise.check_path) for exercise in exercises]
        arguments += [f"--work={work}"] if work else []
        arguments += [f"--report={report}"] if report else []
        arguments += ["-x"] if first_only else []
        sys.stdout.flush()
        pid = os.fork()
        if pid == 0:
            self._run_in_child(arguments, output)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code < 0 or code > 5:
            # It may have been cut off in the middle of a request to the nursery.
            self._parent.stop()
            self._parent.start()
        return code

    def _run_in_child(self, arguments: list[str], output: Path | None) -> None:
        code = 70
        try:
            if output is not None:
                target = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(target, 1)
                os.dup2(target, 2)
            plugin.lend(self._parent)
            code = int(pytest.main(arguments))
            sys.stdout.flush()
        finally:
            os._exit(code)
