"""The page echo.html by itself, in a real browser, served as the book's chapter serves it."""

import pytest
from fastapi import FastAPI, WebSocket

from workbook.browser import show
from workbook.live import serve

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
expect = playwright.expect
pytestmark = pytest.mark.browser


@pytest.fixture
def server():
    app = FastAPI()

    @app.websocket("/ws")
    async def echo(websocket: WebSocket, greet: str = ""):
        await websocket.accept()
        if greet:
            await websocket.send_text(f"Hello, {greet}!")
        async for text in websocket.iter_text():
            if text == "bytes":
                await websocket.send_bytes(b"123")
            elif text == "go":
                await websocket.close(1008, "<i>not you</i>")
                break
            else:
                await websocket.send_text(f"Message text was: {text}")

    with serve(app) as server:
        yield server


@pytest.fixture
def page(browser, pages, server):
    page = browser.new_page()
    page.set_default_timeout(10_000)
    page.goto(f"{pages}/echo.html?port={server.port}")
    expect(page.locator("#state")).to_have_text(f"Connected to ws://localhost:{server.port}/ws")
    yield page
    page.close()


def say(page, text):
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def lines(page):
    return page.get_by_role("log").get_by_role("listitem")


def test_sent_and_received_lines_differ_by_colour_and_by_words(page):
    say(page, "hello")
    sent, received = lines(page).nth(0), lines(page).nth(1)
    expect(sent).to_have_text("sent ▶ hello")
    expect(received).to_have_text("◀ received Message text was: hello")
    expect(sent).to_have_css("background-color", "rgb(216, 243, 220)")
    expect(received).to_have_css("background-color", "rgb(255, 243, 191)")
    expect(page.get_by_label("Message", exact=True)).to_have_value("")
    expect(page.get_by_label("Message", exact=True)).to_be_focused()


@pytest.mark.parametrize(
    "text", ["<img src=x onerror=alert(1)>", "  two  spaces ", "né 日本 🎉", ""]
)
def test_text_is_only_ever_text(page, text):
    say(page, text)
    expect(lines(page)).to_have_count(2)
    shown = lines(page).nth(1).locator(".text")
    assert shown.evaluate("element => element.textContent") == f"Message text was: {text}"
    assert page.locator("#log img").count() == 0


def test_bytes_are_counted(page):
    say(page, "bytes")
    expect(lines(page).nth(1)).to_have_text("◀ received 3 bytes")


def test_a_close_shows_code_and_reason_and_the_button_connects_again(page):
    say(page, "go")
    state = page.get_by_role("status")
    expect(state).to_have_text("Closed: 1008 “<i>not you</i>” (against the server's rules)")
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    page.get_by_role("button", name="Connect again").press("Enter")
    expect(state).to_contain_text("Connected to")
    say(page, "back")
    expect(lines(page).last).to_have_text("◀ received Message text was: back")


def test_the_button_closes(page):
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("status")).to_have_text("Closed: 1000 (done)")


def test_a_server_that_stops_is_1012(page, server):
    server.stop()
    expect(page.get_by_role("status")).to_have_text("Closed: 1012 (the server stops)")
    page.get_by_role("button", name="Connect again").click()
    expect(page.get_by_role("status")).to_contain_text("1006")


def test_the_query_goes_to_the_server(browser, pages, server):
    page = browser.new_page()
    page.goto(f"{pages}/echo.html?port={server.port}&greet=Ada %26 co")
    expect(lines(page).first).to_have_text("◀ received Hello, Ada & co!")
    page.close()


def test_without_settings_it_is_the_chapters_address(browser, pages):
    page = browser.new_page()
    page.goto(f"{pages}/echo.html")
    assert page.evaluate("serverAddress()") == "ws://localhost:8000/ws"
    page.close()


HTML = "text/html; charset=utf-8"
JUPYTER = '<script type="application/json" id="jupyter-config-data">{{"baseUrl": "{}"}}</script>'


@pytest.mark.parametrize(
    ("origin", "base", "expected"),
    [
        ("http://localhost:8888", "/", "ws://localhost:{port}/ws?greet=Ada"),
        ("http://127.0.0.1:8888", "/", "ws://127.0.0.1:{port}/ws?greet=Ada"),
        (
            "http://localhost:8888",
            "/user/x/",
            "ws://localhost:8888/user/x/proxy/{port}/ws?greet=Ada",
        ),
        (
            "https://hub.example.org",
            "/user/x-1/",
            "wss://hub.example.org/user/x-1/proxy/{port}/ws?greet=Ada",
        ),
        ("https://lab.example.org", "/", "wss://lab.example.org/proxy/{port}/ws?greet=Ada"),
    ],
)
def test_below_a_cell_it_finds_the_server_directly_or_through_the_proxy(
    browser, server, origin, base, expected
):
    below_a_cell = JUPYTER.format(base) + server.browser("echo.html", greet="Ada")._repr_html_()
    page = browser.new_page()
    page.route(f"{origin}/**", lambda route: route.fulfill(body=below_a_cell, content_type=HTML))
    page.goto(f"{origin}{base}lab/tree/02_echo.ipynb")
    frame = page.frames[1]
    frame.wait_for_function("document.body?.dataset.state")
    assert frame.evaluate("serverAddress()") == expected.format(port=server.port)
    assert frame.evaluate("getComputedStyle(document.body).display") == "flex", "the style is there"
    page.close()


def test_panes_stand_side_by_side_each_with_its_query(browser, pages, server):
    page = browser.new_page(viewport={"width": 1000, "height": 500})
    panes = show("echo.html", server, greet=["Ada", "Grace"])
    page.goto(f"{pages}/common.css")  # any document on this machine
    page.evaluate("html => document.body.innerHTML = html", panes._repr_html_())
    frames = [page.frame_locator("iframe").nth(i) for i in range(2)]
    for frame, name in zip(frames, ["Ada", "Grace"], strict=True):
        expect(frame.locator(".received")).to_have_text(f"◀ received Hello, {name}!")
    boxes = [page.locator("iframe").nth(i).bounding_box() for i in range(2)]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    page.close()


def test_a_page_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(FileNotFoundError, match=r"no page 'eco\.html'; there are .*echo\.html"):
        show("eco.html")
