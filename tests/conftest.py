"""What the browser proofs share: a headless Chromium, and the pages as the chapter serves them."""

import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from workbook.browser import PAGES

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def browser():
    driver = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
    with driver.sync_playwright() as started:
        try:
            browser = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except driver.Error as error:
            pytest.skip(f"no Chromium starts here: {error}")
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
