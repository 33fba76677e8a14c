"""The options of `pytest checks/`, known to every pytest run so that a folder may stand anywhere.

pytest loads this as the entry point `workbook`. It is light: the grader itself is loaded only
when checks of the workbook are to be run.
"""

import atexit
import gc
import os
import sys
from pathlib import Path

import pytest

NEEDS_POSIX = (
    "The checks run on Linux and macOS: on Windows, run them in the Windows Subsystem for Linux"
    " (WSL)."
)
CHECKS = Path(__file__).resolve().parents[2] / "checks"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("workbook")
    group.addoption("--work", metavar="DIR", help="grade the files in this folder (exercises/)")
    group.addoption("--report", metavar="FILE", help="write the verdicts to this file, as JSON")


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if any(_is_check(config.invocation_params.dir, argument) for argument in config.args):
        if os.name == "nt":
            raise pytest.UsageError(NEEDS_POSIX)
        from workbook.grader.parent import Parent

        atexit.register(gc.freeze)  # to look for garbage as the process ends takes 50 ms
        # Begin with what takes longest; it goes on while pytest collects.
        parent = None if config.option.collectonly or is_lent() else Parent()
        from workbook.grader import plugin, side_by_side

        if parent is not None:
            plugin.own(parent)
        config.pluginmanager.register(plugin, "workbook grader")
        config.pluginmanager.register(side_by_side, "workbook grader side by side")


def is_lent() -> bool:
    """Whether somebody has already provided a nursery; see `plugin.lend`."""
    plugin = sys.modules.get("workbook.grader.plugin")
    return plugin is not None and bool(plugin.LENT)


def _is_check(folder: Path, argument: str) -> bool:
    path = (folder / argument.partition("::")[0]).resolve()
    return path == CHECKS or CHECKS in path.parents
