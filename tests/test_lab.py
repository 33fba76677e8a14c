"""The lessons as a learner meets them: in JupyterLab, in a real browser, typing into their pages.

Directly under `/`, in this environment; and under `/user/x/` as on Binder, in the environment that
its Dockerfile makes, where the pages reach their servers through jupyter-server-proxy.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import pytest
from replay import replayed

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
expect = playwright.expect
pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 120  # for whatever has to happen; a busy machine may need many
TRIES = 20  # for a field to take a text
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
KERNEL_IS_IDLE = (
    "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
)
OPENED = "Event “open”: the handshake was completed."
FAILED = "Event “error”: a page is not told why, nor the HTTP status."
CLOSED_1006 = "Closed: 1006 (no closing frame came: refused, lost, or nobody is there)"


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab: its address, and whether pages in it go through its proxy."""

    address: str
    token: str
    proxied: bool

    def lesson(self, name: str) -> str:
        """The address of a lesson, in a window of its own."""
        return f"{self.address}lab/workspaces/{name}/tree/notebooks/{name}.ipynb?token={self.token}"


@pytest.fixture(scope="module", params=["/", "/user/x/"], ids=["direct", "proxied"])
def lab(request, browser, tmp_path_factory):
    python, source, variables = here() if request.param == "/" else on_binder()
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(source / "notebooks", folder / "notebooks")
    with started(python, request.param, folder, variables) as lab:
        yield lab


def here():
    """This environment: its Python, the learner's folder, the environment variables."""
    foreign = ("JUPYTER", "JPY_", "PYTEST")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return sys.executable, ROOT, kept


def on_binder():
    """The same of the environment that Binder would build."""
    if os.environ.get("REQUIRE_BROWSER") != "1":
        pytest.importorskip("repo2docker", reason="needs jupyter-repo2docker (extra `dev`)")
    binder = replayed()
    return binder.bin / "python", binder.source, binder.variables


@contextmanager
def started(python, base, folder, variables):
    """Run a JupyterLab that knows nothing of this user's settings, and end it whatever happens."""
    token, address, log = secrets.token_hex(16), Future(), []
    own = {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    process = subprocess.Popen(
        [
            *(python, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", "--port=0", f"--ServerApp.base_url={base}"),
            f"--ServerApp.root_dir={folder}",
            f"--IdentityProvider.token={token}",
            "--LabApp.expose_app_in_browser=True",
        ],
        cwd=folder,
        env={**variables, **own, "IPYTHONDIR": str(folder / "ipython")},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    reader = Thread(target=read_log, args=(process.stderr, log, address), daemon=True)
    reader.start()
    try:
        port = address.result(SECONDS)
        yield Lab(f"http://localhost:{port}{base}", token, proxied=base != "/")
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join()
        process.stderr.close()


def read_log(stream, log, port):
    """Read what JupyterLab writes, to its end; tell the port as soon as it serves there."""
    for line in stream:
        log.append(line)
        found = re.search(r"ServerApp\] http://127\.0\.0\.1:(\d+)/", line)
        if found and not port.done():
            port.set_result(int(found[1]))
    if not port.done():
        port.set_exception(RuntimeError("JupyterLab did not start:\n" + "".join(log[-20:])))


@pytest.fixture
def lesson(browser, lab):
    """Open a lesson in a browser that has no cookies yet; return its page when it can be run."""
    context = browser.new_context(viewport={"width": 1200, "height": 1400})
    context.set_default_timeout(SECONDS * 1000)
    expect.set_options(timeout=SECONDS * 1000)

    def open_lesson(name):
        page = context.new_page()
        page.goto(lab.lesson(name))
        try:
            page.wait_for_function(KERNEL_IS_IDLE, timeout=SECONDS * 1000 / 4)
        except playwright.TimeoutError:  # rarely JupyterLab never hears of its kernel
            page.reload()
            page.wait_for_function(KERNEL_IS_IDLE)
        return page

    yield open_lesson
    expect.set_options(timeout=5000)
    context.close()


def run_all(page):
    command(page, "notebook:run-all-cells")


def run_down_to(page, source):
    """Run all cells above the one that holds `source`, and that one."""
    page.locator(".jp-CodeCell .cm-content", has_text=source).click()
    command(page, "notebook:run-all-above")
    command(page, "notebook:run-cell")


def run_only(page, source):
    page.locator(".jp-CodeCell .cm-content", has_text=source).click()
    command(page, "notebook:run-cell")


def command(page, name):
    """Give JupyterLab a command, and wait until its cells have run.

    JupyterLab moves the focus while cells run, and what is typed into a page goes astray.
    """
    page.evaluate(
        "name => { window.done = false;"
        " window.jupyterapp.commands.execute(name).then(() => { window.done = true }) }",
        name,
    )
    page.wait_for_function("window.done")


def frame(page, name, place=0):
    """The lesson's first, or another, frame that shows the page `name`."""
    return page.frame_locator(f'iframe[title^="{name}"]').nth(place)


def say(frame, text):
    box = frame.get_by_label("Message", exact=True)
    fill(box, text)
    box.press("Enter")


def fill(box, text):
    """Type into a field, again if JupyterLab took the focus away meanwhile."""
    for _ in range(TRIES):
        box.fill(text)
        if box.input_value() == text:
            return
    raise AssertionError(f"The field does not take {text!r}.")


def expect_address(frame, lab, path):
    """The page is connected straight to its server, or through JupyterLab's proxy."""
    before = re.escape(lab.address.replace("http", "ws", 1) + "proxy/") if lab.proxied else ""
    server = rf"{before}\d+" if lab.proxied else r"ws://localhost:\d+"
    expect(frame.locator("#state")).to_have_text(re.compile(f"^Connected to {server}{path}"))


def expect_only_text(frame, title):
    """No message became a part of the page, and none of its scripts ran."""
    expect(frame.locator("#log li").first).to_be_visible()
    expect(frame.locator("#log :is(img, script)")).to_have_count(0)
    assert frame.locator("body").evaluate("body => body.ownerDocument.title") == title


def test_the_echo_page_of_lesson_02_sends_and_receives(lab, lesson):
    page = lesson("02_echo")
    run_all(page)
    echo = frame(page, "echo.html")
    expect_address(echo, lab, "/ws$")
    for text in ["good morning", HOSTILE]:
        say(echo, text)
        expect(echo.locator("#log .sent .text").last).to_have_text(text)
        expect(echo.locator("#log .received .text").last).to_have_text(f"Message text was: {text}")
    expect_only_text(echo, "Echo")


def test_lesson_04_refuses_a_browser_then_greets_it_by_its_cookie(lab, lesson):
    page = lesson("04_dependencies")
    run_all(page)
    before_accept, after_accept = (frame(page, "welcome.html", place) for place in range(2))
    # Both frames set the same cookie: the second is waited for before the first is used.
    expect(after_accept.locator("#log li")).to_have_text(
        [OPENED, "Closed: 1005 (no code; Jupyter's proxy passes none on)"]
        if lab.proxied
        else [OPENED, "Closed: 1008 “wrong or missing token” (against the server's rules)"]
    )
    expect(before_accept.locator("#log li")).to_have_text(
        [OPENED, CLOSED_1006] if lab.proxied else [FAILED, CLOSED_1006]
    )
    fill(before_accept.get_by_label("Cookie token"), "SECRET_API_TOKEN")
    before_accept.get_by_role("button", name="Connect again").click()
    expect(before_accept.locator("#log .received .text")).to_have_text("Hello, Ada!")
    expect_address(before_accept, lab, r"/ws\?username=Ada$")
    say(before_accept, HOSTILE)
    expect(before_accept.locator("#log .received .text").last).to_have_text(
        f"Message text was: {HOSTILE}"
    )
    expect_only_text(before_accept, "Welcome")


def test_two_people_chat_in_lesson_06_and_come_back_when_the_server_does(lab, lesson):
    page = lesson("06_rooms_and_production")
    run_down_to(page, 'server.browser("chat.html"')
    ada, grace = (frame(page, "chat.html", place) for place in range(2))
    expect_address(ada, lab, r"/rooms/tea\?username=Ada$")
    expect_address(grace, lab, r"/rooms/tea\?username=Grace$")
    say(ada, "Good morning")
    expect(grace.locator("#log .received")).to_have_text("◀ Ada Good morning")
    say(grace, HOSTILE)
    expect(ada.locator("#log .received")).to_have_text(f"◀ Grace {HOSTILE}")
    expect_only_text(ada, "Chat")
    expect_only_text(grace, "Chat")

    run_only(page, "server = serve(chat_server.app, port=port)")
    for pane, name in [(ada, "Ada"), (grace, "Grace")]:
        away = pane.locator("#log .note", has_text="Next try in")
        expect(away.first).to_be_visible()
        expect_address(pane, lab, rf"/rooms/tea\?username={name}$")
    say(ada, "There you are")
    expect(grace.locator("#log .received").last).to_have_text("◀ Ada There you are")
