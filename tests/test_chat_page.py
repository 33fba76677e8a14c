"""The page chat.html in a real browser: panes, notices, hostile text, a server that goes away."""

import json

import pytest
from fastapi import FastAPI, WebSocket

from workbook.live import serve

playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright (extra `dev`)")
expect = playwright.expect
pytestmark = pytest.mark.browser
HOSTILE = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"


def room_app():
    app = FastAPI()
    members: dict[WebSocket, str] = {}

    @app.websocket("/rooms/{room}")
    async def chat(websocket: WebSocket, room: str, username: str = "Anonymous"):
        await websocket.accept()
        await tell(websocket, {"type": "join", "username": username})
        members[websocket] = username
        if (websocket.cookies.get("token") or "").startswith("token-"):
            await websocket.send_json({"type": "error", "message": "your cookie came"})
        async for text in websocket.iter_text():
            await tell(websocket, {"type": "message", "username": username, "message": text})
        members.pop(websocket)
        await tell(websocket, {"type": "leave", "username": username})

    async def tell(sender, message):
        for member in list(members):
            if member is not sender:
                await member.send_text(json.dumps(message))

    return app


@pytest.fixture
def server():
    with serve(room_app(), name="test_chat_page") as server:
        yield server


@pytest.fixture
def join(browser, pages, server):
    """Open a pane of the chat under a name."""
    opened = []

    def open_pane(name: str, **settings):
        page = browser.new_page()
        opened.append(page)
        page.set_default_timeout(15_000)
        query = "&".join(f"{key}={value}" for key, value in settings.items())
        page.goto(
            f"{pages}/chat.html?port={server.port}&path=/rooms/{{room}}&username={name}&{query}"
        )
        expect(page.locator("body")).to_have_attribute("data-state", "open")
        return page

    yield open_pane
    for page in opened:
        page.close()


def say(page, text):
    page.get_by_label("Message", exact=True).fill(text)
    page.keyboard.press("Enter")


def test_two_panes_talk_and_see_who_comes_and_goes(join):
    ada = join("Ada")
    grace = join("Grace")
    expect(ada.locator("#log .note").last).to_have_text(" Grace has come")
    say(ada, "Good morning")
    expect(ada.locator("#log .sent")).to_have_text("Ada ▶ Good morning")
    expect(grace.locator("#log .received")).to_have_text("◀ Ada Good morning")
    colours = [
        page.locator(f"#log .{kind}").evaluate("e => getComputedStyle(e).backgroundColor")
        for page, kind in ((ada, "sent"), (grace, "received"))
    ]
    assert colours == ["rgb(216, 243, 220)", "rgb(255, 243, 191)"]  # green and yellow
    grace.close()
    expect(ada.locator("#log .note").last).to_have_text(" Grace has left")


def test_markup_in_a_message_or_a_name_does_nothing(join):
    ada = join("Ada")
    mallory = join("%3Cb%3EMallory%3C/b%3E")
    say(mallory, HOSTILE)
    expect(ada.locator("#log .received .text")).to_have_text(HOSTILE)
    expect(ada.locator("#log .received .label")).to_have_text("◀ <b>Mallory</b>")
    assert ada.locator("#log img, #log script, #log b").count() == 0
    assert (ada.title(), mallory.title()) == ("Chat", "Chat")


def test_it_says_when_it_tries_again_and_comes_back_by_itself(join, server):
    ada = join("Ada")
    server.stop()
    expect(ada.locator("#log .note").last).to_contain_text("Next try in")
    expect(ada.get_by_role("button", name="Send")).to_be_disabled()
    with serve(room_app(), port=server.port):
        expect(ada.locator("body")).to_have_attribute("data-state", "open")
        say(ada, "back again")
        expect(ada.locator("#log .sent")).to_have_text("Ada ▶ back again")


def test_it_waits_longer_though_each_try_is_accepted_and_closed_at_once(browser, pages):
    app = FastAPI()

    @app.websocket("/ws")
    async def busy(websocket: WebSocket):
        await websocket.accept()
        await websocket.close(1013)

    with serve(app) as server:
        page = browser.new_page()
        page.goto(f"{pages}/chat.html?port={server.port}")
        third = page.locator("#log .note", has_text="Next try in").nth(2)
        expect(third).to_be_visible(timeout=15_000)
        seconds = float(third.text_content().split()[-2])
        page.close()
    assert seconds >= 1.0


def test_a_connection_that_you_close_stays_closed(join):
    ada = join("Ada")
    ada.get_by_role("button", name="Close").press("Enter")
    expect(ada.locator("#log .note").last).to_have_text(" Closed: 1000 (done)")
    ada.get_by_label("Room").fill("coffee")
    ada.get_by_role("button", name="Connect again").press("Enter")
    expect(ada.locator("#state")).to_contain_text("/rooms/coffee?username=Ada")


def test_the_cookie_goes_with_the_handshake(join):
    ada = join("Ada", token="token-ada")
    expect(ada.locator("#log .note")).to_have_text(" The server says: your cookie came")


def test_a_name_of_nobody_is_not_sent(join):
    nobody, ada = join(""), join("Ada")
    say(nobody, "who am I?")
    expect(ada.locator("#log .received")).to_have_text("◀ Anonymous who am I?")
