"""What the proofs share: a grader, a headless Chromium, and the pages as the chapter serves them.

`CHROMIUM` names the browser to use. With `REQUIRE_BROWSER=1`, as in .ci/run, a browser that is not
there or does not start is a failure; otherwise the tests that need it are skipped.
"""

import json
import os
import shutil
import signal
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec

import pytest

from workbook.browser import PAGES
from workbook.catalogue import Exercise
from workbook.grader.runner import Runner

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
REQUIRED = os.environ.get("REQUIRE_BROWSER") == "1"
TOGETHER = ("test_binder.py", "test_browser_page.py", "test_chat_page.py", "test_lab.py")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


def pytest_configure():
    """Hear Ctrl+C, and refuse to run where the modules that need playwright would be skipped."""
    # A shell's background job ignores Ctrl+C and hands that on; proofs send it to their processes.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if REQUIRED and not find_spec("playwright"):
        raise pytest.UsageError("REQUIRE_BROWSER=1, but playwright is missing (extra `dev`).")


def pytest_xdist_make_scheduler(config, log):
    """Share tests out one by one, but for those that share a browser or Binder's environment."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "browser" if nodeid.partition("::")[0].endswith(TOGETHER) else nodeid

    return Scheduling(config, log)


@pytest.fixture(scope="session")
def runner():
    with Runner() as started:
        yield started


@pytest.fixture
def grade(runner, tmp_path):
    """Grade one text as the answer to an exercise; return the exercise's part of the report."""

    def grade_text(exercise: Exercise, text: str, first_only: bool = False) -> dict:
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        (work / f"{exercise.stem}.py").write_text(text, encoding="utf-8")
        report, output = tmp_path / "report.json", tmp_path / "output.txt"
        code = runner.run([exercise], work, report, output, first_only)
        assert report.exists(), output.read_text()
        found = json.loads(report.read_text())["exercises"][exercise.stem]
        assert (code == 0) == (found["status"] == "passed")
        return found

    return grade_text


@pytest.fixture(scope="module")
def browser():
    # Not for the whole session: while it is there, an event loop runs in this thread.
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
    with driver.sync_playwright() as started:
        try:
            browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except driver.Error as error:
            give_up = pytest.fail if REQUIRED else pytest.skip
            give_up(f"No Chromium starts here: {error}")
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pages():
    """The address of notebooks/pages/, as `python -m http.server` would give."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=PAGES))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()
