"""Binder: what its image would hold, shown by replaying the Dockerfile without Docker."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from replay import our_lines, replayed

ROOT = Path(__file__).resolve().parents[1]
BINDER = ROOT / "binder"


def test_binder_takes_the_learners_requirements_and_a_fitting_python():
    assert (BINDER / "requirements.txt").read_text() == "-r ../requirements.txt\n"
    assert (BINDER / "runtime.txt").read_text() == "python-3.12\n"


def test_post_build_can_be_run():
    assert os.access(BINDER / "postBuild", os.X_OK)


def test_the_first_window_shows_files_that_exist():
    layout = json.loads((BINDER / "workspace.json").read_text())["data"]
    assert (ROOT / layout["file-browser-filebrowser:cwd"]["path"]).is_dir()
    opened = [value["data"]["path"] for key, value in layout.items() if key.startswith("notebook:")]
    assert opened == ["notebooks/00_start_here.ipynb"]
    assert (ROOT / opened[0]).is_file()


@pytest.fixture(scope="module")
def binder():
    pytest.importorskip("repo2docker", reason="needs jupyter-repo2docker (extra `dev`)")
    return replayed()


def run(binder, *command):
    """Run a command as a learner on Binder would, in the folder that Binder opens."""
    program = binder.bin / command[0]
    return subprocess.run(
        [program, *command[1:]],
        cwd=binder.source,
        env=binder.variables,
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.slow
def test_the_dockerfile_has_python_3_12_and_runs_our_two_lines(binder):
    assert "py-3.12" in binder.dockerfile.replace("-2d", "-").replace("-2e", ".")
    assert our_lines(binder.dockerfile) == [
        '${KERNEL_PYTHON_PREFIX}/bin/pip install -r "binder/requirements.txt"',
        "chmod +x binder/postBuild",
        "./binder/postBuild",
    ]


@pytest.mark.slow
def test_the_package_is_the_folder_that_binder_opens(binder):
    found = run(binder, "python", "-c", "import workbook; print(workbook.__file__)")
    assert Path(found.stdout.strip()).is_relative_to(binder.source), found.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", [("workbook", "--help"), ("jupyter", "lab", "--version"), ("pytest", "--version")]
)
def test_the_learners_commands_run(binder, command):
    done = run(binder, *command)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_jupyterlab_saves_every_five_seconds_and_asks_nothing(binder):
    done = run(binder, "python", "-c", SETTINGS)
    assert json.loads(done.stdout) == {"autosaveInterval": 5, "fetchNews": "false"}, done.stderr


SETTINGS = """
import json
from jupyterlab.commands import get_app_dir
from jupyterlab_server.settings_utils import get_settings

def default(plugin, name):
    app = get_app_dir()
    found, _ = get_settings(app + "/settings", app + "/schemas", "", "@jupyterlab/" + plugin)
    return found["schema"]["properties"][name]["default"]

print(json.dumps({
    "autosaveInterval": default("docmanager-extension:plugin", "autosaveInterval"),
    "fetchNews": default("apputils-extension:notification", "fetchNews"),
}))
"""


@pytest.mark.slow
def test_the_proxy_is_part_of_the_server(binder):
    found = run(binder, "jupyter", "server", "extension", "list")
    listed = found.stdout + found.stderr
    assert "jupyter_server_proxy enabled" in listed.replace("\x1b[32m", "").replace("\x1b[0m", "")


@pytest.mark.slow
def test_the_first_window_was_arranged(binder):
    found = run(binder, "jupyter", "lab", "workspaces", "export")
    layout = json.loads(found.stdout)["data"]
    assert layout["file-browser-filebrowser:cwd"] == {"path": "exercises"}
