"""Submissions that break things: each gets a verdict in words, and nothing else is touched.

Every case stands beside the solution of another exercise, whose verdict must be what it is without
the case; afterwards no process, no temporary file and no change in the tree is left.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from workbook.catalogue import ROOT, find
from workbook.grader.parent import MARK, NurseryEnded, Parent
from workbook.grader.runner import Runner

BAD, OTHER = find("ex2a"), find("ex1a")
DEADLINE = 90  # seconds for a whole run: the grader's own limits are far below

ECHO = """
import asyncio, builtins, os, sys, threading, time
from fastapi import FastAPI, WebSocket

app = FastAPI()


@app.websocket("/ws")
async def echo(websocket: WebSocket):
    await websocket.accept()
    number = 0
    async for text in websocket.iter_text():
        number += 1
        await websocket.send_text(f"{number}: {text}")
"""


def in_handler(line: str) -> str:
    """The echo with a line of code before each answer."""
    return ECHO.replace("        number += 1\n", f"        number += 1\n        {line}\n")


@dataclass
class Case:
    """A submission's text and a part of what its verdict must say; None: it passes all the same."""

    text: str | bytes
    says: str | None
    status: tuple[str, ...] = ("error", "failed")


CASES = {
    "empty": Case("", "ex2a_echo.py is empty."),
    "only spaces": Case("\n  \n", "ex2a_echo.py is empty."),
    "not utf-8": Case(b"# caf\xe9\n", "not UTF-8 text: line 1 holds the byte 0xe9"),
    "zero byte": Case(b"app = 1\0", "it holds a zero byte"),
    "syntax error": Case("x = 1\ndef f(:\n    pass\n", "line 2: SyntaxError"),
    "indentation error": Case("def f():\nreturn 1\n", "line 2: IndentationError"),
    "fails on import": Case("import nothing_of_that_name\n", "ModuleNotFoundError"),
    "raises on import": Case("x = {}\nx['key']\n", "line 2: importing it raises KeyError"),
    "no app": Case("print('hello')\n", "has no `app`"),
    "app of another name": Case(
        "from fastapi import FastAPI\napi = FastAPI()\n", "called `api`; the name must be `app`"
    ),
    "app is a number": Case("app = 7\n", "not an ASGI application but a value of type int"),
    "app is the class": Case("from fastapi import FastAPI as app\n", "is the class FastAPI itself"),
    "loops on import": Case("while True:\n    pass\n", "did not end within 10 s. It is at"),
    "sleeps on import": Case("import time\ntime.sleep(10**9)\n", "did not end within 10 s"),
    "uvicorn.run on import": Case(
        ECHO + "\nimport uvicorn\nuvicorn.run(app, port=8000)\n",
        "uvicorn.run() was called while the module was imported",
    ),
    "input on import": Case("name = input()\n" + ECHO, "`input()` was called"),
    "input in a handler": Case(in_handler("input()"), "EOFError"),
    "sys.exit on import": Case(
        "import sys\nsys.exit(0)\n", "line 2: importing it calls `sys.exit()`"
    ),
    "sys.exit in a handler": Case(in_handler("sys.exit(0)"), "SystemExit"),
    "os._exit on import": Case("import os\nos._exit(0)\n", "ended while"),
    "os._exit in a handler": Case(
        in_handler("os._exit(0)"), "os._exit" if False else "process ended"
    ),
    "forges the way out": Case(
        'import os\nos.write(1, b\'{"outcome": "passed", "points": 8}\')\nos._exit(0)\n',
        "ended while",
    ),
    "writes to all descriptors": Case(
        "import os\nfor fd in range(3, 64):\n    try:\n"
        '        os.write(fd, b\'{"id": "1", "started": true, "now": 1}\\n\')\n'
        "    except OSError:\n        pass\n" + ECHO,
        "wrote to the grader's own channel",
    ),
    "patches builtins": Case(
        ECHO + "\nbuiltins.len = lambda thing: 0\nbuiltins.isinstance = lambda *a: True\n", ""
    ),
    "patches assertions": Case(
        "import builtins, sys, types\nbuiltins.AssertionError = KeyError\n"
        "sys.modules['pytest'] = types.ModuleType('pytest')\nimport asyncio\n"
        + ECHO.replace('f"{number}: {text}"', "text"),
        'should have received "1: alpha"',
    ),
    "patches time": Case(ECHO + "\ntime.monotonic = time.time = lambda: 0.0\n", None),
    "patches asyncio": Case(ECHO + "\nasyncio.sleep = asyncio.all_tasks = None\n", ""),
    "imports the grader": Case(
        "from workbook.grader import inspect\n" + ECHO, "importing it raises ModuleNotFoundError"
    ),
    "prints and answers wrongly": Case(
        in_handler(r"print('saw', text, '\x1b[2J'); number += 1"),
        "Your program printed:\n    saw hello \\x1b[2J",
    ),
    "prints and stands still": Case(
        in_handler(r"print(number); print('still'); [0 for _ in iter(int, 1)]"),
        "Your program printed:\n    1\n    still",
    ),
    "prints 100 MB": Case(ECHO + "\nfor _ in range(100):\n    print('x' * 1_000_000)\n", None),
    "takes 8 GB": Case("hoard = bytearray(8 << 30)\n" + ECHO, "MemoryError"),
    "starts threads": Case(
        ECHO
        + "\nfor _ in range(50):\n    threading.Thread(target=lambda: time.sleep(10**6)).start()\n",
        None,
    ),
    "starts hundreds of processes": Case(
        ECHO + "\nfor _ in range(300):\n    if os.fork() == 0:\n"
        "        while True:\n            time.sleep(1)\n",
        "",
    ),
    "detaches a process": Case(
        ECHO + "\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        import signal\n        signal.pause()\n    os._exit(0)\n",
        "",
    ),
    "ignores cancellation": Case(
        ECHO.replace(
            "    number = 0\n",
            "    number = 0\n    task = asyncio.create_task(stay())\n",
        )
        + "\nasync def stay():\n    while True:\n        try:\n"
        "            await asyncio.sleep(3600)\n"
        "        except asyncio.CancelledError:\n            pass\n",
        "nothing of them should be left",
    ),
    "blocks the loop": Case(in_handler("while True: pass"), "something blocks its event loop"),
    "sleeps in the loop": Case(
        in_handler("time.sleep(3600)"), "`time.sleep(3600)` was called in the event loop"
    ),
    "closes every descriptor": Case("import os\nos.closerange(0, 4096)\n" + ECHO, ""),
    "kills its parent": Case(
        "import os\nos.kill(os.getppid(), 9)\n" + ECHO,
        "may not signal processes other than its own",
    ),
    "kills its parent's group": Case(
        "import os\nos.killpg(os.getpgid(os.getppid()), 9)\n" + ECHO,
        "may not signal processes other than its own",
    ),
    "kills everything": Case(
        "import os\nos.kill(-1, 9)\n" + ECHO, "may not signal processes other than its own"
    ),
    "deletes the tree": Case(
        f"import shutil\nshutil.rmtree({str(ROOT / 'tests')!r})\n" + ECHO,
        "may not change files outside its own",
    ),
    "writes into the tree": Case(
        f"open({str(ROOT / 'checks' / 'forged.txt')!r}, 'w').write('passed')\n" + ECHO,
        "may not change files outside its own",
    ),
    "has code beyond its end": Case(
        ECHO.replace("async for text in websocket.iter_text()", "while True").replace(
            "        number += 1\n",
            "        number += 1\n        text = await receive(websocket)\n",
        )
        + "\nlines = '\\n' * 9000 + 'async def receive(websocket):\\n'\n"
        "lines += '    return await websocket.receive_text()\\n'\n"
        "exec(compile(lines, __file__, 'exec'))\n",
        "line 9002",
    ),
    "deletes itself": Case(
        "import os\nos.remove(__file__)\n" + ECHO, "may not change files outside"
    ),
    "writes beside itself": Case("open('notes.txt', 'w').write('mine')\n" + ECHO, None),
}


@pytest.fixture(scope="module")
def runner():
    with Runner() as started:
        yield started


@pytest.fixture
def run(runner, tmp_path, monkeypatch):
    """Grade a text as ex2a beside another exercise's solution; return the report's exercises."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setattr("tempfile.tempdir", None)
    work = tmp_path / "work"
    work.mkdir()
    (work / OTHER.path.name).write_bytes(OTHER.solution_path.read_bytes())
    before = tree()

    def grade(text: str | bytes | None) -> dict:
        if text is not None:
            data = text if isinstance(text, bytes) else text.encode()
            (work / BAD.path.name).write_bytes(data)
        report, output = tmp_path / "report.json", tmp_path / "output.txt"
        begun = time.monotonic()
        runner.run([OTHER, BAD], work, report, output)
        assert time.monotonic() - begun < DEADLINE
        assert report.exists(), output.read_text()
        if text is not None:
            assert (work / BAD.path.name).read_bytes() == data
        return json.loads(report.read_text())["exercises"]

    yield grade
    assert strays(runner) == []
    assert [path.name for path in scratch.iterdir()] == []
    assert tree() == before


def strays(runner: Runner) -> list[int]:
    """Processes of this run other than the nursery; the kernel is given a moment to end them."""
    deadline = time.monotonic() + 10
    while True:
        found = []
        for process in psutil.process_iter():
            try:
                mark = process.environ().get(MARK)
                if mark == runner._parent._mark and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process.pid)
            except psutil.Error:
                continue
        found = [pid for pid in found if pid != runner._parent.pid]
        if not found or time.monotonic() > deadline:
            return found


def tree() -> dict[Path, tuple[int, int]]:
    """Every file of the folders that a submission could spoil, with size and time."""
    folders = ("checks", "exercises", "solutions", "tests", "workbook")
    paths = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


@pytest.mark.parametrize("name", CASES)
def test_verdict_on(name, run):
    case = CASES[name]
    found = run(case.text)
    assert found[OTHER.stem]["status"] == "passed"
    bad = found[BAD.stem]
    messages = [check["message"] for check in bad["checks"] if check["outcome"] != "passed"]
    if case.says is None:
        assert messages == []
        return
    assert not case.says or any(case.says in message for message in messages), messages
    assert all("Traceback" not in message for message in messages)
    assert all("fault of the workbook" not in message for message in messages), messages
    if case.says:
        assert bad["status"] in case.status


def test_verdict_on_a_missing_file(run):
    bad = run(None)[BAD.stem]
    assert bad["status"] == "error"
    assert bad["checks"][0]["message"].startswith("There is no file ")


def test_verdict_on_a_folder(run, tmp_path):
    (tmp_path / "work" / BAD.path.name).mkdir()
    bad = run(None)[BAD.stem]
    assert "is a folder, not a file" in bad["checks"][0]["message"]


def test_verdict_on_a_pipe(run, tmp_path):
    os.mkfifo(tmp_path / "work" / BAD.path.name)
    bad = run(None)[BAD.stem]
    assert "is not a regular file" in bad["checks"][0]["message"]


def test_verdict_on_a_huge_file(run):
    bad = run("#" * 1_000_001)[BAD.stem]
    assert "is larger than 1,000,000 bytes" in bad["checks"][0]["message"]


@pytest.mark.skipif(os.getuid() == 0, reason="root can read every file")
def test_verdict_on_an_unreadable_file(run, tmp_path):
    path = tmp_path / "work" / BAD.path.name
    path.write_text(ECHO)
    path.chmod(0)
    bad = run(None)[BAD.stem]
    assert "cannot be read" in bad["checks"][0]["message"]


CHANGES = {
    "open": "open(outside / 'new', 'w')",
    "open by a folder's descriptor": "os.open('file', os.O_WRONLY, dir_fd=os.open(outside, 0))",
    "remove": "os.remove('file', dir_fd=folder)",
    "rename to": "os.rename('mine', outside / 'new')",
    "rename to a folder's descriptor": "os.rename('mine', 'new', dst_dir_fd=folder)",
    "link of": "os.link(outside / 'file', 'new')",
    "link to": "os.link('mine', outside / 'new')",
    "symlink": "os.symlink('mine', outside / 'new')",
    "through a link": "os.symlink(outside, 'link'), open('link/new', 'w')",
    "chmod": "os.chmod(outside / 'file', 0o777)",
    "chown": "os.chown(outside / 'file', -1, -1)",
    "utime": "os.utime(outside / 'file')",
    "truncate": "os.truncate(outside / 'file', 0)",
    "mkdir": "os.mkdir('new', dir_fd=folder)",
    "mkfifo": "os.mkfifo(outside / 'new')",
    "mknod": "os.mknod(outside / 'new')",
    "a database": "sqlite3.connect(outside / 'new')",
    "a database by its address": "sqlite3.connect(f'file://{outside}/new', uri=True)",
    "a folder whose name begins alike": "open(inside.with_name('inside too') / 'file', 'w')",
}
ALLOWED = """
open("mine", "w").close()
os.rename("mine", "yours")
os.symlink("/etc/passwd", "link")
os.remove("link")
os.mkdir("folder")
os.mkfifo("folder/pipe")
os.chmod("yours", 0o600)
shutil.rmtree("folder")
sqlite3.connect("chat.db").close()
sqlite3.connect(":memory:").close()
sqlite3.connect("file:shared?mode=memory&cache=shared", uri=True).close()
open(outside / "file").close()
tempfile.TemporaryFile(dir=".").close()
open("/dev/null", "w").close()
print("allowed")
"""


def behind_the_hook(tmp_path: Path, program: str) -> subprocess.CompletedProcess:
    """Run a program behind the audit hook alone, as where there is no Landlock."""
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside, tmp_path / "inside too"):
        folder.mkdir()
        (folder / "file").write_text("theirs")
    (inside / "mine").write_text("mine")
    begin = (
        "import os, shutil, sqlite3, tempfile\nfrom pathlib import Path\n"
        "from workbook.grader.confine import explain_walls\n"
        f"inside, outside = Path({str(inside)!r}), Path({str(outside)!r})\n"
        "folder = os.open(outside, os.O_RDONLY)\nos.chdir(inside)\nexplain_walls(inside)\n"
    )
    return subprocess.run([sys.executable, "-c", begin + program], capture_output=True, text=True)


@pytest.mark.parametrize("name", CHANGES)
def test_without_landlock_nothing_outside_is_changed(name, tmp_path):
    found = behind_the_hook(tmp_path, CHANGES[name])
    assert "PermissionError: a submission may not change files outside its own" in found.stderr
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["file"]
    assert (tmp_path / "outside" / "file").read_text() == "theirs"


def test_without_landlock_a_program_may_do_all_in_its_own_folder(tmp_path):
    found = behind_the_hook(tmp_path, ALLOWED)
    assert (found.stdout, found.stderr) == ("allowed\n", "")


def test_a_nursery_that_cannot_import_is_quoted(tmp_path, monkeypatch):
    (tmp_path / "h11.py").write_text("raise ImportError('half a package')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    parent = Parent()
    with pytest.raises(NurseryEnded, match="ImportError: half a package"):
        parent.load_broker_libraries()
    parent.stop()


def test_a_nursery_whose_owner_ends_before_it_serves_ends_at_once(tmp_path, monkeypatch):
    if sys.platform != "linux":
        pytest.skip("only Linux tells a process of its parent's end")
    imports = tmp_path / "imports"
    os.mkfifo(imports)
    waits = f"import signal\nopen({str(imports)!r}).close()\nsignal.pause()\n"
    (tmp_path / "h11.py").write_text(waits)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    program = "from workbook.grader.parent import Parent; print(Parent().pid, flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        nursery = psutil.Process(int(owner.stdout.readline()))
        imports.write_text("")  # returns when the nursery has begun to import
        owner.kill()
    assert psutil.wait_procs([nursery], timeout=DEADLINE)[1] == []
