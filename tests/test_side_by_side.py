"""Several exercises are graded by two processes at once, and nobody can tell but by the time."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from workbook.catalogue import ROOT
from workbook.grader.report import CheckResult, Report

DEADLINE = 120
CHECKS = ["checks/test_ex2a_echo.py", "checks/test_ex1a_handshake.py", "checks/test_ex5b_broker.py"]
# A pytest plugin that notes which process grades what, and may end the helper after a check.
NOTES = """
import os, signal
MAIN = os.getpid()
def pytest_runtest_logfinish(nodeid):
    with open({notes!r}, "a") as notes:
        notes.write(f"{{os.getpid()}} {{nodeid}}\\n")
    if os.getpid() != MAIN and {fatal}:
        os.kill(os.getpid(), signal.SIGKILL)
"""

pytestmark = pytest.mark.skipif(
    len(getattr(os, "sched_getaffinity", lambda _: ())(0)) < 2, reason="needs two processors"
)


@pytest.fixture
def grading(tmp_path):
    """Begin to grade the solutions of `CHECKS`; `fatal` ends the helper after its first check."""

    def begin(fatal=False):
        notes = tmp_path / "notes.txt"
        (tmp_path / "noting.py").write_text(NOTES.format(notes=str(notes), fatal=fatal))
        (tmp_path / "scratch").mkdir(exist_ok=True)
        command = [sys.executable, "-m", "pytest", "-p", "noting", *CHECKS]
        process = subprocess.Popen(
            [*command, "--work=solutions", f"--report={tmp_path / 'report.json'}"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "TMPDIR": str(tmp_path / "scratch")},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process, notes

    started = []
    yield begin
    for process in started:
        process.kill()
        process.communicate()


def expect_whole_report(tmp_path):
    found = json.loads((tmp_path / "report.json").read_text())
    assert list(found["exercises"]) == ["ex1a_handshake", "ex2a_echo", "ex5b_broker"]
    for stem, result in found["exercises"].items():
        assert result["status"] == "passed"
        text = (ROOT / "checks" / f"test_{stem}.py").read_text()
        names = [check["name"] for check in result["checks"]]
        assert len(names) == text.count("\ndef test_")
        assert names == sorted(names, key=lambda name: text.index(f"def {name}("))


def test_two_processes_share_the_checks(grading, tmp_path):
    process, notes = grading()
    output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, output
    expect_whole_report(tmp_path)
    told = notes.read_text().split()
    assert len(set(told[::2])) == 2
    assert len(told[1::2]) == len(set(told[1::2])), "no check is graded twice"


def test_checks_of_a_helper_that_ended_are_graded_all_the_same(grading, tmp_path):
    process, _ = grading(fatal=True)
    output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, output
    expect_whole_report(tmp_path)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl+C", "SIGKILL"])
def test_nothing_is_left_of_a_run_that_was_ended(grading, number, tmp_path):
    process, notes = grading()
    main = psutil.Process(process.pid)
    while not notes.exists() and process.poll() is None:
        time.sleep(0.01)  # until both are at work
    family = main.children(recursive=True)
    assert len(family) > 2, "the helper and two nurseries at least"
    if number == signal.SIGINT:
        os.killpg(process.pid, number)  # as a terminal does
    else:
        process.send_signal(number)
    assert process.wait(DEADLINE) != 0
    _, alive = psutil.wait_procs(family, timeout=DEADLINE)
    assert alive == []
    assert list((tmp_path / "scratch").iterdir()) == []


def test_verdicts_are_listed_as_the_checks_stand_and_parameters_share_a_line():
    found = Report()
    for line, name in [(30, "test_late"), (10, "test_early[b]"), (10, "test_early[a]")]:
        found.add("ex2a_echo", True, line, CheckResult(name, name, "passed", 1, 1))
    names = [check.name for check in found.exercises["ex2a_echo"].checks]
    assert names == ["test_early[a]", "test_early[b]", "test_late"]
