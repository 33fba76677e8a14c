"""Binder's image without Docker: what its Dockerfile runs for us, run in a fresh environment.

repo2docker prints the Dockerfile that Binder would build. Its pip lines and its postBuild are run
as they stand, in a copy of the last commit and a virtual environment in the place of the image's.
The environment is kept in `.workbook/replay` until something changes that decides what it holds.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CACHE = ROOT / ".workbook" / "replay"
DECISIVE = ("requirements.txt", "pyproject.toml", "binder", "tests/replay.py")


@dataclass(frozen=True)
class Replay:
    """An environment as Binder would have it: `bin` holds jupyter, pytest, workbook.

    `source` is the learner's folder, `variables` the environment variables to run with.
    """

    source: Path
    bin: Path
    variables: dict[str, str]
    dockerfile: str


def replayed() -> Replay:
    """Return the environment that Binder would build from the last commit.

    Slow (a minute or more) when nothing is kept; skips the calling test, with the reason, where
    the replay cannot be done. Workers of one test run wait for each other.
    """
    commit = archive()
    key = digest(commit)
    place = CACHE / key
    with locked(CACHE):
        for other in CACHE.iterdir():
            if other.is_dir() and other != place:
                shutil.rmtree(other)
        done = place / "done"
        if not done.exists():
            shutil.rmtree(place, ignore_errors=True)
            build(place, commit)
            done.write_text(key)
        elif (place / "commit").read_text() != commit_name():
            unpack(commit, place / "source")
            (place / "commit").write_text(commit_name())
    return Replay(
        place / "source",
        place / "venv" / "bin",
        variables(place),
        (place / "Dockerfile").read_text(),
    )


def build(place: Path, commit: bytes) -> None:
    """Do in `place` what the Dockerfile does in an image."""
    source, venv = place / "source", place / "venv"
    unpack(commit, source)
    (place / "home").mkdir()
    (place / "commit").write_text(commit_name())
    (place / "Dockerfile").write_text(print_dockerfile(source))
    run([python(), "-m", "venv", venv], place, os.environ)
    for line in our_lines((place / "Dockerfile").read_text()):
        run(["sh", "-c", line], source, variables(place))


def print_dockerfile(source: Path) -> str:
    """Return the Dockerfile that repo2docker makes of a folder."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug"]
    user = ["--user-id", "1000", "--user-name", "learner"]
    return run([*command, *user, "."], source, os.environ)


def our_lines(dockerfile: str) -> list[str]:
    """Return the commands that install and prepare the workbook, in their order.

    The image's pip throws its downloads away to save space; here they are kept to save time.
    """
    commands = re.findall(r"^RUN (.*)$", dockerfile, flags=re.MULTILINE)
    ours = [line for line in commands if "binder/" in line]
    return [line.replace("--no-cache-dir ", "") for line in ours]


def variables(place: Path) -> dict[str, str]:
    """Return the environment variables that the Dockerfile's lines and a learner's shell see."""
    path = os.pathsep.join([str(place / "venv" / "bin"), os.environ["PATH"]])
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JUPYTER", "JPY_", "PYTEST", "VIRTUAL_ENV", "PYTHON", "XDG_"))
    }
    return {
        **kept,
        "HOME": str(place / "home"),
        "PATH": path,
        # From `source`: the Dockerfile does not quote it, and this folder's name may hold a space.
        "KERNEL_PYTHON_PREFIX": "../venv",
    }


def python() -> str:
    """Return a Python of Binder's version if there is one, from pyenv too; else this one."""
    name = (ROOT / "binder" / "runtime.txt").read_text().strip().replace("-", "")
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = pyenv.glob(f"versions/{name.removeprefix('python')}*/bin/{name}")
    for candidate in filter(None, (shutil.which(name), *map(str, found))):
        if not subprocess.run(
            [candidate, "-c", "import ensurepip"], capture_output=True
        ).returncode:
            return candidate
    return sys.executable


def archive() -> bytes:
    """Return the last commit as a tar file."""
    try:
        return git("archive", "--format=tar", "HEAD")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a replay of Binder's image needs git and a commit")


def commit_name() -> str:
    return git("rev-parse", "HEAD").decode().strip()


def git(*arguments: str) -> bytes:
    command = ["git", "-c", "safe.directory=*", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout


def digest(commit: bytes) -> str:
    """Return a name for what decides the environment: the files that say what it holds."""
    told = hashlib.sha256(f"{ROOT} {python()} {sys.version}".encode())
    with tarfile.open(fileobj=BytesIO(commit)) as tar:
        for member in tar.getmembers():
            if member.isfile() and member.name.startswith(DECISIVE):
                told.update(tar.extractfile(member).read())
    return told.hexdigest()[:16]


def unpack(commit: bytes, source: Path) -> None:
    """Make `source` what the commit holds, and no more."""
    shutil.rmtree(source, ignore_errors=True)
    source.mkdir(parents=True)
    with tarfile.open(fileobj=BytesIO(commit)) as tar:
        tar.extractall(source, filter="fully_trusted")


def run(command: list, cwd: Path, variables) -> str:
    """Run a command and return what it printed; fail the test with its last lines otherwise."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        last_lines = "\n".join(done.stdout.splitlines()[-20:])
        pytest.fail(f"{command} ended with {done.returncode}:\n{last_lines}", pytrace=False)
    return done.stdout


@contextmanager
def locked(folder: Path):
    """Let one process at a time work in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
