"""The command line, as its users call it: whole processes, in a copy of the tree."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import psutil
import pytest
from websockets.sync.client import connect

from workbook import verdicts
from workbook.catalogue import ROOT, exercises, find
from workbook.verdicts import NotGraded

FOLDERS = ("checks", "exercises", "solutions", "workbook", "notebooks/pages")
DEADLINE = 60


@pytest.fixture
def tree(tmp_path):
    """A copy of what the commands need, so that nothing here is changed."""
    copy = tmp_path / "a copy"
    for folder in FOLDERS:
        ignored = shutil.ignore_patterns("__pycache__", "*.kept-*")
        shutil.copytree(ROOT / folder, copy / folder, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


@pytest.fixture
def run(tree):
    """Run a command in the copy; return the finished process."""

    def call(*arguments: str, folder: str = ".") -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=tree / folder,
            env=environment(tree),
            capture_output=True,
            text=True,
            timeout=DEADLINE,
        )

    return call


def environment(tree: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(tree), "COLUMNS": "100"}


def workbook(run, *arguments: str) -> subprocess.CompletedProcess:
    return run("workbook.cli", *arguments)


def test_a_fresh_clone_is_told_where_to_begin_on_one_screen(run):
    found = run("pytest", "checks/")
    assert found.returncode == 1
    lines = found.stdout.strip().splitlines()
    assert len(lines) <= 24
    assert [line.split()[0] for line in lines[:-1]] == [e.name for e in exercises()]
    assert all(line.endswith("not started") for line in lines[:-1])
    assert "Begin with exercises/ex1a_handshake.py" in lines[-1]
    assert found.stderr == ""


@pytest.mark.parametrize("folder", [".", "checks", "notebooks/pages"])
def test_checks_run_from_anywhere(run, tree, folder):
    up = os.path.relpath(tree, tree / folder)
    path = os.path.join(up, "checks", "test_ex2a_echo.py")
    work = os.path.join(up, "solutions")
    found = run("pytest", path, "--work", work, folder=folder)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "8 of 8 points" in found.stdout


def test_files_in_another_folder_are_graded_and_the_report_says_so(run, tmp_path):
    work = tmp_path / "Ada's files"
    work.mkdir()
    shutil.copy(ROOT / "solutions" / "ex2a_echo.py", work)
    report = tmp_path / "report.json"
    for _ in range(2):  # the second time the file is there already
        found = run(
            "pytest", "checks/test_ex2a_echo.py", "--work", str(work), "--report", str(report)
        )
        assert found.returncode == 0, found.stdout + found.stderr
    read = json.loads(report.read_text())
    assert read["version"] == 1
    assert read["points"] == read["max_points"] == 8
    exercise = read["exercises"]["ex2a_echo"]
    assert exercise["status"] == "passed"
    assert {"name", "title", "outcome", "points", "max_points", "message"} <= set(
        exercise["checks"][0]
    )


@pytest.mark.parametrize("option", ["--work", "--report"])
def test_a_folder_that_is_not_there_gets_one_sentence(run, option):
    value = "nowhere/report.json" if option == "--report" else "nowhere"
    found = run("pytest", "checks/", option, value)
    assert found.returncode == 4
    assert re.search(rf"{option}: there is no folder .*nowhere\.", found.stderr)
    assert "Traceback" not in found.stderr


def test_check_grades_one_exercise(run):
    found = workbook(run, "check", "ex2a", "--work", "solutions")
    assert found.returncode == 0
    assert "All of ex2a passes." in found.stdout


def test_one_check_that_passes_is_not_called_all(run, tree):
    arguments = ("checks/test_ex2a_echo.py", "-k", "answers", "--work", "solutions")
    found = run("pytest", *arguments, "--report", "report.json")
    assert found.returncode == 0
    assert "1 of 8 points." in found.stdout
    assert "Everything that ran passes." in found.stdout
    exercise = json.loads((tree / "report.json").read_text())["exercises"]["ex2a_echo"]
    assert (exercise["status"], exercise["points"], exercise["max_points"]) == ("failed", 1, 8)


def test_a_run_that_is_interrupted_claims_nothing(run, tree):
    """`pytest_runtest_logfinish` is where Ctrl+C comes after the first check."""
    (tree / "interrupting.py").write_text(
        "def pytest_runtest_logfinish(nodeid):\n    raise KeyboardInterrupt\n"
    )
    arguments = ("-p", "interrupting", "checks/test_ex2a_echo.py", "--work", "solutions")
    found = run("pytest", *arguments, "--report", "report.json")
    assert found.returncode == 2
    assert found.stdout.count("interrupted") == 1 and "KeyboardInterrupt" not in found.stdout
    assert "1 of 8 points." in found.stdout and "passes" not in found.stdout
    assert "No report was written to report.json." in found.stdout
    assert not (tree / "report.json").exists()


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("checks", "--report: checks is a folder, not a file."),
        ("/dev/full", "--report: /dev/full cannot be written (No space left on device)."),
    ],
)
def test_a_report_that_cannot_be_written_gets_one_sentence(run, target, says):
    if not Path(target).exists() and target.startswith("/"):
        pytest.skip(f"there is no {target} here")
    found = run("pytest", "checks/test_ex1a_handshake.py", "--report", target)
    assert found.returncode == 4
    assert says in found.stdout + found.stderr
    assert "INTERNALERROR" not in found.stdout + found.stderr


def test_a_notebook_says_in_one_sentence_that_there_is_no_verdict(tmp_path):
    with pytest.raises(NotGraded, match=r"ex2a was not graded: the run ended before"):
        verdicts._verdict(find("ex2a"), tmp_path, {"exercises": {}})
    with pytest.raises(NotGraded, match=r"there is no folder .*nowhere\.$"):
        verdicts.check("ex2a", tmp_path / "nowhere")


def test_what_a_program_raises_cannot_write_to_the_terminal(run, tree):
    clears = 'raise RuntimeError("\\x1b[2J\\r8 of 8 points")\n'
    (tree / "exercises" / "ex2a_echo.py").write_text(clears)
    found = run("pytest", "checks/test_ex2a_echo.py")
    assert r"RuntimeError: \x1b[2J\r8 of 8 points" in found.stdout
    assert "\x1b" not in found.stdout and "\r" not in found.stdout


@pytest.mark.parametrize("verb", ["check", "watch", "hint", "reset", "serve"])
def test_an_unknown_exercise_gets_one_sentence(run, verb):
    found = workbook(run, verb, "ex9z")
    assert found.returncode == 2
    assert found.stderr.startswith("There is no exercise 'ex9z'. There are ex1a, ")
    assert len(found.stderr.splitlines()) == 1


def test_each_call_gives_one_more_hint_and_never_the_solution(run, tree):
    first, second = (workbook(run, "hint", "ex2a").stdout for _ in range(2))
    assert first.startswith("Hint 1 of ")
    assert second.startswith("Hint 2 of ")
    for spoilt in ("not json", "[]", "-4", '{"ex2a_echo": -4}'):
        (tree / ".workbook" / "hints.json").write_text(spoilt)
        assert workbook(run, "hint", "ex2a").stdout == first


def test_a_starter_that_cannot_be_put_back_gets_one_sentence(run, tree):
    file = tree / "exercises" / "ex2a_echo.py"
    file.unlink()
    file.mkdir()
    found = workbook(run, "reset", "ex2a")
    assert found.returncode == 2
    assert found.stderr.startswith("exercises/ex2a_echo.py cannot be put back: Is a directory")
    assert len(found.stderr.splitlines()) == 1


def test_watch_says_that_a_folder_is_not_there(run):
    found = workbook(run, "watch", "ex2a", "--work", "nowhere")
    assert (found.returncode, found.stderr) == (2, "--work: there is no folder nowhere.\n")


def test_reset_puts_the_starter_back_and_keeps_your_file(run, tree):
    file = tree / "exercises" / "ex2a_echo.py"
    starter = file.read_text()
    assert "is the starter already" in workbook(run, "reset", "ex2a").stdout
    for mine in ("first = 1\n", "second = 2\n"):
        file.write_text(mine)
        assert workbook(run, "reset", "2a").returncode == 0
        assert file.read_text() == starter
    kept = sorted(path.read_text() for path in file.parent.glob("ex2a_echo.kept-*.py"))
    assert kept == ["first = 1\n", "second = 2\n"]


def test_watch_grades_after_each_save(tree):
    file = tree / "exercises" / "ex2a_echo.py"
    with started(tree, "workbook.cli", "watch", "ex2a") as process:
        read_until(process, "Watching ex2a")
        file.write_text((tree / "solutions" / "ex2a_echo.py").read_text())
        assert "8 of 8 points" in read_until(process, "Watching ex2a")
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) in (0, 130)  # as a shell tells of Ctrl+C


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_watch_that_is_ended(tree, tmp_path, monkeypatch, number):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    waits = f"open({str(begun)!r}).close()\nwhile True:\n    pass\n"
    (tree / "exercises" / "ex2a_echo.py").write_text(waits)
    with started(tree, "workbook.cli", "watch", "ex2a") as process:
        begun.write_text("")  # returns when the submission has opened its end
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 3, "a run, the nursery and a host"
        process.send_signal(number)
        assert process.wait(DEADLINE) in (0, 130, -number)
        assert psutil.wait_procs(family, timeout=DEADLINE)[1] == []
    assert list(scratch.iterdir()) == []


def test_serve_serves_the_exercise_and_its_page(tree):
    shutil.copy(tree / "solutions" / "ex2a_echo.py", tree / "exercises")
    with started(tree, "workbook.cli", "serve", "ex2a", "--port", "0") as process:
        text = read_until(process, "Uvicorn running on http://127.0.0.1:")
        text += read_until(process, "Ctrl+C stops it.") if "Ctrl+C stops" not in text else ""
        page = re.search(r"Page: (\S+)", text)[1]
        port = re.search(r"port=(\d+)", page)[1]
        with urllib.request.urlopen(page, timeout=DEADLINE) as answer:
            assert b"<title>Echo</title>" in answer.read()
        with connect(f"ws://127.0.0.1:{port}/ws", proxy=None) as client:
            client.send("hello")
            assert client.recv(DEADLINE) == "1: hello"
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_of_servers_whose_command_is_ended(tree, tmp_path, monkeypatch, number):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.delenv("REDIS_URL", raising=False)
    shutil.copy(tree / "solutions" / "ex5b_broker.py", tree / "exercises")
    arguments = ("serve", "ex5b", "--workers", "2", "--port", "0")
    with started(tree, "workbook.cli", *arguments) as process:
        read_until(process, "Ctrl+C stops it.")
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) == 4, "two workers, the broker and its watcher"
        process.send_signal(number)
        assert process.wait(DEADLINE) in (0, 130, -number)
        assert psutil.wait_procs(family, timeout=DEADLINE)[1] == []
    assert list(scratch.iterdir()) == []


def test_serve_shows_where_the_program_is_no_python(run, tree):
    (tree / "exercises" / "ex2a_echo.py").write_text("app = (\n")
    found = workbook(run, "serve", "ex2a")
    assert found.returncode == 2
    assert 'File "exercises/ex2a_echo.py", line 1\n    app = (\n          ^\n' in found.stderr
    assert found.stderr.endswith("SyntaxError: '(' was never closed\n")


def test_serve_says_that_there_are_too_few_ports(run):
    found = workbook(run, "serve", "ex2a", "--port", "65535", "--workers", "2")
    assert found.returncode == 2
    assert found.stderr.startswith("--port 65535 is too high for 2 workers")


@pytest.mark.browser
@pytest.mark.parametrize("stem", ["ex5b", "ex6b"])
def test_serve_shows_two_panes_that_chat(tree, browser, stem):
    shutil.copy(next((tree / "solutions").glob(f"{stem}_*.py")), tree / "exercises")
    arguments = ("serve", stem, "--workers", "2", "--port", "0")
    with started(tree, "workbook.cli", *arguments) as process:
        address = re.search(r"Page: (\S+)", read_until(process, "Ctrl+C stops it."))[1]
        page = browser.new_page()
        page.goto(address)
        panes = page.frames[1:]
        for pane in panes:
            pane.wait_for_selector("body[data-state=open]", timeout=DEADLINE * 1000)
        ada, grace = panes
        heard = grace.locator("#log", has_text="Hello, Grace")
        while not heard.count():  # the program may subscribe after it has accepted
            ada.get_by_label("Message", exact=True).fill("Hello, Grace")
            ada.get_by_label("Message", exact=True).press("Enter")
            page.wait_for_timeout(100)
        assert "Ada" in heard.inner_text()
        page.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 0


def test_serve_says_that_a_port_is_taken(run):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        found = workbook(run, "serve", "ex2a", "--port", str(port))
    assert found.returncode == 2
    assert found.stderr == f"Port {port} is taken by another program; choose one with --port.\n"


class started:
    """A process of the command line in the copy, ended at the end whatever happened."""

    def __init__(self, tree: Path, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-u", "-m", *arguments],
            cwd=tree,
            env=environment(tree),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._alarm = threading.Timer(DEADLINE, self._process.kill)

    def __enter__(self) -> subprocess.Popen:
        self._alarm.start()
        return self._process

    def __exit__(self, *_: object) -> None:
        self._alarm.cancel()
        self._process.kill()
        self._process.wait()


def read_until(process: subprocess.Popen, words: str) -> str:
    """What the process printed up to and including the line that holds these words."""
    seen = ""
    for line in process.stdout:
        seen += line
        if words in line:
            return seen
    raise AssertionError(f"the process ended before it said {words!r}:\n{seen}")
