"""start.py: what it says, what it makes, and what it does not trust."""

import ast
import errno
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NEEDED = ("start.py", "requirements.txt", "pyproject.toml", "binder/lab-settings.json")


@pytest.fixture
def start(tmp_path):
    """start.py as a module, at home in a folder of its own."""
    return load(clone(tmp_path / "a clone"))


def clone(folder):
    """Make a folder with start.py in it, and nothing for pip to install."""
    for name in NEEDED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    (folder / "requirements.txt").write_text("# nothing\n")
    return folder


def load(folder):
    spec = importlib.util.spec_from_file_location("start", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def set_up(folder, **variables):
    """Let a fresh process do the set-up for a learner; return it when it has ended."""
    program = "import start; start.set_up(start.LEARNER)"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=folder,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
    )


def test_an_old_python_can_read_it():
    ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 6))


def test_an_old_python_gets_one_sentence(start, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 13))
    with pytest.raises(
        SystemExit, match=r"needs Python 3\.11 or newer, and this is Python 3\.10\."
    ):
        start.main(["lab"])


@pytest.mark.parametrize("arguments", [[], ["lap"], ["test", "fast"], ["--help"]])
def test_an_unknown_verb_gets_the_usage(start, arguments, capsys):
    assert start.main(arguments) == 2
    assert capsys.readouterr().err == start.USAGE + "\n"


def test_lab_opens_the_clone_from_anywhere_and_passes_arguments_on(start, monkeypatch, tmp_path):
    ran, opened = [], []

    def become(*call):
        opened.append(call)
        raise SystemExit

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(start, "set_up", lambda extent: None)
    monkeypatch.setattr(start, "run_quietly", lambda command, *_, **__: ran.append(command))
    monkeypatch.setattr(os, "execve", become)
    monkeypatch.setattr(os, "name", "posix")
    with pytest.raises(SystemExit):
        start.lab(["--no-browser"])
    assert [command[-3:-1] for command in ran] == [["workspaces", "import"]]
    [(program, command, environment)] = opened
    assert program == start.venv_python()
    assert command[1:] == ["-m", "jupyterlab", f"--ServerApp.root_dir={start.ROOT}", "--no-browser"]
    assert environment["PATH"].startswith(start.venv_scripts())
    assert Path.cwd() == Path(start.ROOT)


def test_without_chromium_the_browser_proofs_are_left_out(start, monkeypatch, capsys):
    proved = []
    monkeypatch.delenv("REQUIRE_BROWSER", raising=False)
    monkeypatch.setattr(start, "find_browser", lambda: None)
    monkeypatch.setattr(start, "set_up", lambda extent: None)
    monkeypatch.setattr(start, "prove", lambda stages, environment: proved.append(stages))
    start.test()
    assert "no Chromium here: the browser proofs are left out" in capsys.readouterr().out
    assert [c[-2:] for c in proved[0].values() if "tests" in c] == [["-m", "not browser"]]


def test_without_chromium_but_required_nothing_is_proved(start, monkeypatch):
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    monkeypatch.setattr(start, "find_browser", lambda: None)
    with pytest.raises(SystemExit, match="required here, and there is no Chromium"):
        start.test()


JUNIT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


@pytest.mark.parametrize(
    ("codes", "exit_code", "closing"),
    [
        ([0, 0], 0, "7 passed, 1 skipped in "),
        ([0, 1], 1, "7 passed, 1 skipped in "),
    ],
)
def test_the_proofs_close_with_a_count(start, monkeypatch, capsys, codes, exit_code, closing):
    left = list(codes)

    def run(module, environment):
        if module[0] == "pytest":
            Path(module[-1].removeprefix("--junitxml=")).write_text(JUNIT.format(8, 0, 0, 1))
        return left.pop(0)

    monkeypatch.setattr(start, "run_loudly", run)
    stages = {"Tests hold.": ["pytest", "tests"], "Style holds.": ["ruff", "check"]}
    assert start.prove(stages, {}) == exit_code
    told = capsys.readouterr().out
    assert closing in told.splitlines()[-1]
    assert ("Does not hold: Style holds." in told) == bool(exit_code)


def test_a_failure_and_an_error_are_counted_as_failed(start, tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(JUNIT.format(10, 2, 1, 3))
    assert start.count_outcomes(str(report)) == {"failed": 3, "passed": 4, "skipped": 3}


def test_a_stage_that_wrote_no_report_counts_nothing(start, tmp_path):
    assert start.count_outcomes(str(tmp_path / "missing.xml")) == {}


def test_a_python_without_ensurepip_is_told_which_package_to_install(start, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    with pytest.raises(SystemExit, match=r"install python3\.\d+-venv \(or python3-venv\)"):
        start.set_up(start.LEARNER)


def test_a_clone_that_cannot_be_written_gets_one_sentence(start, monkeypatch):
    def refuse(path):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "mkdir", refuse)
    with pytest.raises(SystemExit) as told:
        start.set_up(start.LEARNER)
    assert str(told.value).startswith("The workbook cannot be set up here (Permission denied: ")
    assert "\n" not in str(told.value)


@pytest.mark.slow
def test_the_life_of_a_virtual_environment(tmp_path):
    """One environment through all that may befall it; making one takes seconds."""
    folder = clone(tmp_path / "Übung eins")
    stamp, mark = folder / ".venv/workbook.json", folder / ".venv/mark"

    first = set_up(folder)
    assert (first.returncode, first.stderr) == (0, "")
    assert "Installing what requirements.txt names" in first.stdout
    mark.touch()

    second = set_up(folder)
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")

    (folder / "requirements.txt").write_text("no-such-package-for-the-workbook==1\n")
    offline = set_up(folder, PIP_NO_INDEX="1")
    assert offline.returncode == 1
    assert "pip could not install what requirements.txt names; its last words:" in offline.stderr
    assert "No matching distribution found for no-such-package" in offline.stderr

    (folder / "requirements.txt").write_text("# nothing again\n")
    assert "Installing" in set_up(folder).stdout
    assert mark.exists(), "a requirement that changed does not call for a new environment"

    stamp.write_text("{}")
    assert "making it anew" in set_up(folder).stdout
    assert not mark.exists(), "an installation that was interrupted is not trusted"

    moved = folder.rename(tmp_path / "exercise two")
    assert "making it anew" in set_up(moved).stdout
    assert json.loads((moved / ".venv/workbook.json").read_text())["home"][0] == str(moved)


@pytest.mark.slow
def test_an_environment_that_the_learner_made_is_taken(tmp_path):
    folder = clone(tmp_path)
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    mark = folder / ".venv/mark"
    mark.touch()
    assert set_up(folder).returncode == 0
    assert mark.exists()
